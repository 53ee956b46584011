import type { TermCost } from "../formula/row_memory.ts"
import type { Origin } from "../sampling/stage_machine.ts"
import type { Acceptance } from "../speculation/observation.ts"
import type { PlannerTime } from "../speculation/pilot.ts"
import type { Switch } from "../speculation/plan.ts"
import type { Verifier } from "../speculation/verifier.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"

/** A token with its probability under the formula. */
export interface Alternative {
  readonly token: TokenId
  /** The token as the vocabulary spells it; `undefined` without a tokenizer. */
  readonly text: string | undefined
  /** Natural logarithm of the formula's probability, before sampling options. */
  readonly logProb: number
}

/** What one term made of a token and of its place. */
export interface TermMonitor {
  /** The term's number, as plans and `explain` count the terms. */
  readonly number: number
  /** The term as text. */
  readonly term: string
  /** Natural logarithm of the token's probability under the term alone; `-Infinity` for a token that it excludes. */
  readonly logProb: number
  /**
   * KL(P || Q), Q the term's law and P the formula's before sampling options: what the formula minimizes the weighted sum
   * of (arXiv:2311.14479, Theorem 1). `Infinity` where the term excludes a token of the formula's law. Units: nats.
   */
  readonly klDivergence: number
}

/** How a token came about, and what the terms made of it. In JSON an infinite number is `null`. */
export interface TokenMonitor {
  /** Drawn without a draft, drafted and kept, drawn in place of a draft, or drawn behind a block that was kept whole. */
  readonly origin: Origin
  /** Entropy of the formula's law at this place, before sampling options. Units: nats. */
  readonly entropy: number
  /** The terms whose rows were at hand: all that the formula needs, and drafts that were asked here. */
  readonly terms: ReadonlyArray<TermMonitor>
}

/** A token was generated. */
export interface Token {
  readonly _tag: "Token"
  readonly sequence: number
  readonly token: TokenId
  /** What is safe to show now: a piece may wait for the rest of a character, or until it is no stop text. */
  readonly text: string
  readonly logProb: number
  /** The likeliest tokens, best first, as many as asked for. */
  readonly alternatives: ReadonlyArray<Alternative>
  /** Where it was asked for with `monitor`. */
  readonly monitor?: TokenMonitor
}

/** Why a sequence ended: end-of-text, a stop text, or `maxTokens` or the context window reached. */
export type FinishReason = "end" | "stop" | "length"

/** What a term cost. */
export interface TermStatistics extends TermCost {
  /** The term's number, counted from 1, by which plans name it. */
  readonly number: number
  /** The term as text. */
  readonly term: string
}

/** What a stage that verifies made of its drafts. */
export interface StageStatistics extends Omit<Acceptance, "expected" | "decided"> {
  /** The stage's partial formula as text; the last one's is the whole formula. */
  readonly formula: string
  /** The share of drafts kept, of those that were decided: by their laws (1 less the total variation), and as seen. */
  readonly acceptance: { readonly expected: number; readonly seen: number }
}

/** What a sequence cost. */
export interface Statistics {
  readonly tokens: number
  /** Runs of models that the sequence took part in; its terms on one model go in one run. */
  readonly modelCalls: number
  readonly milliseconds: number
  /** The seed that gives the same sequence again, together with the verifier and the plans. */
  readonly seed: number
  readonly verifier: Verifier
  /** The plans that the sequence went by; as `speculate`, with the same seed, verifier and count, they replay it. */
  readonly plans: ReadonlyArray<Switch>
  readonly terms: ReadonlyArray<TermStatistics>
  /** The stages of all plans, but those that only draft. */
  readonly stages: ReadonlyArray<StageStatistics>
  /** What planning took, where the planner chose the plans: measuring the models is no part of `milliseconds`. */
  readonly planner?: PlannerTime
}

/** A sequence is complete. */
export interface Finished {
  readonly _tag: "Finished"
  readonly sequence: number
  readonly reason: FinishReason
  /** The end of the text, if some was held back. The texts of all events of a sequence join to its output. */
  readonly text: string
  readonly statistics: Statistics
}

/** What generating gives, in order for each sequence: tokens, then one `Finished`. */
export type Event = Token | Finished

import type { TermCost } from "../formula/row_memory.ts"
import type { Acceptance } from "../speculation/observation.ts"
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
  /** Calls of models; terms on one model go in one call. */
  readonly modelCalls: number
  readonly milliseconds: number
  /** The seed that gives the same sequence again, together with the verifier and the plans. */
  readonly seed: number
  readonly verifier: Verifier
  /** The plans that the sequence went by; as `speculate` they replay it. */
  readonly plans: ReadonlyArray<Switch>
  readonly terms: ReadonlyArray<TermStatistics>
  /** The stages of all plans, but those that only draft. */
  readonly stages: ReadonlyArray<StageStatistics>
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

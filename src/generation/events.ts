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

/** What a sequence cost. */
export interface Statistics {
  readonly tokens: number
  /** Calls of models; terms on one model go in one call. */
  readonly modelCalls: number
  readonly milliseconds: number
  /** The seed that gives the same sequence again. */
  readonly seed: number
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

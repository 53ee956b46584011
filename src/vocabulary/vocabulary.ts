import type { ChatTemplate } from "./chat_template.ts"
import type { TokenId } from "./token.ts"
import type { Tokenizer } from "./tokenizer.ts"

export type { TokenId } from "./token.ts"

/** Tokens with a meaning of their own. */
export interface SpecialTokens {
  /** Begins every text; `undefined` where the model has none. */
  readonly beginning: TokenId | undefined
  /** Any of these ends a text. */
  readonly end: ReadonlyArray<TokenId>
}

/** The tokens that the rows of a model speak of. */
export interface Vocabulary {
  /** Whose vocabulary it is, for messages. */
  readonly name: string
  /** V, the length of every row. */
  readonly size: number
  /** Equal for two vocabularies exactly when each token id means the same in both. */
  readonly fingerprint: string
  readonly special: SpecialTokens
  /** `undefined` where a model came without one: such a model takes and gives token ids only. */
  readonly tokenizer: Tokenizer | undefined
  /** How messages become one text; `undefined` where the model has no template of its own. */
  readonly template: ChatTemplate | undefined
  /** Scores that the model's own rows have after the first V: no token stands for them, and rows come without them. */
  readonly padding?: number | undefined
}

/**
 * A vocabulary of bare ids, for models without a tokenizer: two of one size are taken to be the same.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict"
 * import { Vocabulary } from "polylogit"
 *
 * const four = Vocabulary.untokenized(4, { special: { end: [3] } })
 * deepEqual(four.special, { beginning: undefined, end: [3] })
 * equal(four.fingerprint, Vocabulary.untokenized(4).fingerprint)
 * ```
 */
export const untokenized = (
  size: number,
  options: { readonly name?: string; readonly special?: Partial<SpecialTokens> } = {}
): Vocabulary => ({
  name: options.name ?? `untokenized`,
  size,
  fingerprint: `untokenized:${size}`,
  special: { beginning: options.special?.beginning, end: options.special?.end ?? [] },
  tokenizer: undefined,
  template: undefined
})

import type { Machine } from "../machine/machine.ts"
import { tokenizerFromJson } from "./hugging_face_tokenizer.ts"
import type { TokenId } from "./vocabulary.ts"

/** Text to token ids and back. */
export interface Tokenizer {
  /** Number of tokens, special ones included. */
  readonly size: number
  /** `special`: also add what the tokenizer puts around a text (a beginning-of-text token, say). */
  readonly encode: (text: string, options: { readonly special: boolean }) => ReadonlyArray<TokenId>
  /** The text of `tokens`, special tokens left out. An empty list is the empty text. */
  readonly decode: (tokens: ReadonlyArray<TokenId>) => string
  /** The token as it stands in the vocabulary file, `undefined` for an id outside of it. */
  readonly token: (id: TokenId) => string | undefined
  /** `decode` token by token. Without it tokens are taken to decode one by one, whatever stands beside them. */
  readonly decoder?: Decoder | undefined
}

/**
 * `decode` as a machine: each token lets out the text that no later token can change. The pieces and the `end` of the
 * last state, joined, are `decode` of all tokens.
 */
export interface Decoder extends Machine<unknown, TokenId, string> {
  readonly end: (state: unknown) => string
}

/**
 * Tokenizers from the files of a model; see `fromJson`.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Vocabulary } from "polylogit"
 *
 * const json = {
 *   model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: [["a", "b"]] },
 *   decoder: { type: "Fuse" }
 * }
 * const tokenizer = Result.getOrThrow(Vocabulary.Tokenizer.fromJson(json, {}))
 * deepEqual(tokenizer.encode("abba", { special: false }), [2, 1, 0])
 * equal(tokenizer.decode([2, 1, 0]), "abba")
 * ```
 */
export const Tokenizer = { fromJson: tokenizerFromJson }

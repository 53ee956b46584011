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
}

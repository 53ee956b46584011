import type { Machine } from "../machine/machine.ts"
import type { TokenId } from "./token.ts"

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

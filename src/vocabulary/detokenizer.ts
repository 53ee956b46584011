import type { Machine } from "../machine/machine.ts"
import type { TokenId } from "./token.ts"
import type { Decoder, Tokenizer } from "./tokenizer.ts"

/** Where a detokenizer is in a text. */
export interface DetokenizerState {
  readonly decoder: unknown
  /** What the prompt's text shows that its tokens had not settled: not to be said again. */
  readonly shown: string
}

/** Token ids to pieces of text, one piece for each token. */
export interface Detokenizer extends Machine<DetokenizerState, TokenId, string> {
  /** The last piece: what is held back at the end of the tokens. */
  readonly flush: (state: DetokenizerState) => string
}

/** Tokens that decode one by one. */
const oneByOne = (tokenizer: Tokenizer): Decoder => ({
  init: undefined,
  step: (state, token) => [state, tokenizer.decode([token])],
  end: () => ""
})

/** Length of the longest beginning that two texts share in whole characters. */
const sharedLength = (self: string, that: string): number => {
  let length = 0
  while (length < self.length && self.charCodeAt(length) === that.charCodeAt(length)) length++
  const high = length > 0 && length < self.length ? self.charCodeAt(length - 1) : 0
  return high >= 0xd800 && high < 0xdc00 ? length - 1 : length
}

/** What `text` adds to `shown`, and what of `shown` is still to be met. */
const beyond = (shown: string, text: string): readonly [added: string, shown: string] => {
  if (shown === "" || text === "") return [text, shown]
  const shared = sharedLength(text, shown)
  return [text.slice(shared), shared === text.length ? shown.slice(shared) : ""]
}

/**
 * A machine from token ids to text, which never lets out half a character and looks at each token once. The law, for
 * all tokens and a tokenizer of `tokenizerFromJson`: the pieces and then `flush` of the last state, joined, are
 * `tokenizer.decode(tokens)`.
 *
 * With `after`, the tokens of a prompt, the pieces are what the completion adds to the prompt's text: the beginning that
 * `decode(after)` and `decode([...after, ...tokens])` share (the longest, in whole characters), then the pieces, then
 * `flush`, joined, are `decode([...after, ...tokens])`. The shared beginning is `decode(after)` itself, unless the
 * completion changes how the prompt ends: a half character (U+FFFD by itself) becomes a whole one.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Vocabulary } from "polylogit"
 *
 * const json = { model: { type: "BPE", vocab: { "Ã": 0, "©": 1, "!": 2 }, merges: [] }, decoder: { type: "ByteLevel" } }
 * const tokenizer = Result.getOrThrow(Vocabulary.tokenizerFromJson(json, {}))
 * const { flush, init, step } = Vocabulary.detokenizer(tokenizer)
 * const [half, nothing] = step(init, 0)
 * equal(nothing, "")
 * deepEqual(step(half, 1)[1], "é")
 * deepEqual(step(half, 2)[1], "\uFFFD!")
 * equal(flush(half), "\uFFFD")
 * ```
 */
export const detokenizer = (
  tokenizer: Tokenizer,
  options: { readonly after?: ReadonlyArray<TokenId> | undefined } = {}
): Detokenizer => {
  const decoder = tokenizer.decoder ?? oneByOne(tokenizer)
  const prompt = (options.after ?? []).reduce((state, token) => decoder.step(state, token)[0], decoder.init)
  return {
    init: { decoder: prompt, shown: decoder.end(prompt) },
    step: (state, token) => {
      const [next, text] = decoder.step(state.decoder, token)
      const [added, shown] = beyond(state.shown, text)
      return [{ decoder: next, shown }, added]
    },
    flush: (state) => beyond(state.shown, decoder.end(state.decoder))[0]
  }
}

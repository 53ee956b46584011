import type { TokenId } from "../../../vocabulary/token.ts"
import type { Tokenizer } from "../../../vocabulary/tokenizer.ts"

/** What to do with a text that is longer than the window: refuse it, or classify its beginning or its end alone. */
export type Overflow = "refuse" | "keepBeginning" | "keepEnd"

/**
 * The tokens of a text, with the special ones that the tokenizer puts around it. A text that is too long for `window`
 * is cut between them; `refuse` gives all tokens.
 */
export const fit = (tokenizer: Tokenizer, text: string, window: number, overflow: Overflow): ReadonlyArray<TokenId> => {
  const whole = tokenizer.encode(text, { special: true })
  if (whole.length <= window || overflow === "refuse") return whole
  const plain = tokenizer.encode(text, { special: false })
  const around = whole.length - plain.length
  const begin = Array.from({ length: around + 1 }, (_, i) => i).find((i) =>
    plain.every((token, at) => whole[i + at] === token)
  )
  const room = window - around
  if (begin === undefined || room < 1) return whole
  const kept = overflow === "keepEnd" ? plain.slice(-room) : plain.slice(0, room)
  return [...whole.slice(0, begin), ...kept, ...whole.slice(begin + plain.length)]
}

import type { Law } from "../sampling/law.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { byProbability, type ExactLaw } from "./exact_law.ts"

/** Where texts end. */
export interface PlainLawOptions {
  readonly maxTokens: number
  /** Tokens that end a text. Default: none. */
  readonly end?: ReadonlyArray<TokenId> | undefined
}

/**
 * The law of the texts that plain sampling gives, one token after another: the laws of the next token multiplied along
 * every text. It knows nothing of stages, streams or chance, so that samplers can be compared with it.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import * as Testing from "polylogit/testing"
 *
 * // a coin is thrown until it shows 0, twice at most
 * const law = Testing.plainLaw(() => ({ probs: Float64Array.of(0.25, 0.75) }), { maxTokens: 2, end: [0] })
 * deepEqual(law.outcomes, [
 *   { value: [1, 1], probability: 0.5625 },
 *   { value: [0], probability: 0.25 },
 *   { value: [1, 0], probability: 0.1875 }
 * ])
 * ```
 */
export const plainLaw = (
  lawOf: (completion: ReadonlyArray<TokenId>) => Pick<Law, "probs">,
  { end = [], maxTokens }: PlainLawOptions
): ExactLaw<ReadonlyArray<TokenId>> => {
  const outcomes: Array<{ readonly value: ReadonlyArray<TokenId>; readonly probability: number }> = []
  let open: typeof outcomes = [{ value: [], probability: 1 }]
  while (open.length > 0) {
    const longer: typeof outcomes = []
    for (const text of open) {
      if (text.value.length === maxTokens || end.includes(text.value.at(-1)!)) {
        outcomes.push(text)
        continue
      }
      for (const [token, p] of lawOf(text.value).probs.entries())
        if (p > 0) longer.push({ value: [...text.value, token], probability: text.probability * p })
    }
    open = longer
  }
  return { outcomes: byProbability(outcomes), paths: outcomes.length }
}

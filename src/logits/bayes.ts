import type { Row } from "./row.ts"

/**
 * What a classifier adds to the score of each token by Bayes' rule: `log C(label | text token) - log C(label | text)`
 * for the tokens that it was asked about, 0 for all others, which are taken to leave the text as it is.
 *
 * Units: nats. Source: arXiv:2311.14479, section 3.3.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Logits } from "polylogit"
 *
 * deepEqual(Logits.bayes(3, { before: -1, tokens: [2], after: [-0.25] }), Float64Array.of(0, 0, 0.75))
 * ```
 */
export const bayes = (
  vocabularySize: number,
  given: {
    /** `log C(label | text)` */
    readonly before: number
    readonly tokens: ReadonlyArray<number>
    /** `log C(label | text token)` of each token. */
    readonly after: ReadonlyArray<number>
  }
): Row => {
  const out = new Float64Array(vocabularySize)
  given.tokens.forEach((token, i) => {
    out[token] = given.after[i]! - given.before
  })
  return out
}

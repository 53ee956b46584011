/**
 * Distinct-n: the share of different ones among all sequences of `n` neighbouring tokens of some texts, between 0 and 1;
 * little where texts repeat themselves or each other. It falls as texts grow longer or more, so that only samples of one
 * size compare. `NaN` where no text has `n` tokens.
 *
 * Source: Li et al. 2016, arXiv:1510.03055.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Evaluation } from "polylogit"
 *
 * // 1 2, 2 1, 1 2 and 1 2: two of four
 * equal(Evaluation.distinct([[1, 2, 1, 2], [1, 2]], 2), 0.5)
 * ```
 */
export const distinct = (texts: ReadonlyArray<ReadonlyArray<number>>, n: number): number => {
  const seen = new Set<string>()
  let count = 0
  for (const tokens of texts) {
    for (let i = 0; i + n <= tokens.length; i++) {
      seen.add(tokens.slice(i, i + n).join())
      count++
    }
  }
  return seen.size / count
}

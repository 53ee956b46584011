import type { Probs } from "../logits/row.ts"

/** Tokens less likely than this under both laws are lumped together. */
const least = 1e-4

/**
 * How likely two laws are to give the same token when both are drawn by a race with the same noise, which is how often
 * the coupled verifier keeps a draft: the sum over t of `1 / sum_i max(p_i / p_t, q_i / q_t)`. Tokens below 0.0001 under
 * both laws count as one.
 *
 * Source: Daliri, Musco and Suresh 2024, arXiv:2408.07978.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Speculation } from "polylogit"
 *
 * equal(Speculation.expectedAgreement(Float64Array.of(0.5, 0.5), Float64Array.of(0.5, 0.5)), 1)
 * // max(1, 1) + max(1, 3) for the first token, max(1, 1 / 3) + max(1, 1) for the second
 * const agreement = Speculation.expectedAgreement(Float64Array.of(0.5, 0.5), Float64Array.of(0.25, 0.75))
 * equal(agreement.toFixed(6), (1 / 4 + 1 / 2).toFixed(6))
 * ```
 */
export const expectedAgreement = (draft: Probs, target: Probs): number => {
  const pairs: Array<readonly [q: number, p: number]> = []
  let restDraft = 0
  let restTarget = 0
  for (let i = 0; i < draft.length; i++) {
    const [q, p] = [draft[i]!, target[i]!]
    if (q < least && p < least) {
      restDraft += q
      restTarget += p
    } else pairs.push([q, p])
  }
  if (restDraft > 0 || restTarget > 0) pairs.push([restDraft, restTarget])
  // i counts by the draft where q_i / p_i is no less than q_t / p_t, else by the target
  pairs.sort(([q, p], [q2, p2]) => q2 * p - q * p2)
  let after = pairs.reduce((sum, [, p]) => sum + p, 0)
  let before = 0
  let sum = 0
  for (const [q, p] of pairs) {
    before += q
    after -= p
    if (q > 0 && p > 0) sum += 1 / (before / q + Math.max(0, after) / p)
  }
  return Math.min(1, sum)
}

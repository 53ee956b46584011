import type { Probs } from "../logits/row.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"

/**
 * How likely a drafted token is kept: min(1, p/q), where q is the law that it was drawn from and p the one to follow.
 * No epsilon: a token that was drawn has q > 0.
 *
 * Source: Leviathan et al., arXiv:2211.17192, section 2.3; arXiv:2311.14479, Lemma 1.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Speculation } from "polylogit"
 *
 * const [q, p] = [Float64Array.of(0.5, 0.25, 0.25, 0), Float64Array.of(0.25, 0.25, 0, 0.5)]
 * equal(Speculation.acceptance(q, p, 0), 0.5)
 * equal(Speculation.acceptance(q, p, 1), 1)
 * equal(Speculation.acceptance(q, p, 2), 0)
 * ```
 */
export const acceptance = (draft: Probs, target: Probs, token: TokenId): number =>
  Math.min(1, target[token]! / draft[token]!)

/** The share of drafts that is kept in the long run: the sum of min(p, q), which is 1 less the total variation. */
export const expectedAcceptance = (draft: Probs, target: Probs): number => {
  let sum = 0
  for (let i = 0; i < draft.length; i++) sum += Math.min(draft[i]!, target[i]!)
  return sum
}

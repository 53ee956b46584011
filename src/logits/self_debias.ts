import { RowProblem } from "./row.ts"
import { fromLogits, pending, toProbs, type Weighted } from "./weighted_row.ts"

/**
 * Lowers a token of `self` by `strength` times the amount of probability by which `against` exceeds it:
 * log-softmax of `log p + strength * min(p - q, 0)` over the two normalized laws, with weight 1.
 *
 * Source: Schick et al. 2021, arXiv:2103.00453, as a term in arXiv:2311.14479.
 */
export const selfDebias = (self: Weighted, against: Weighted, strength: number): Weighted | RowProblem => {
  if (self._tag === "Pending" || against._tag === "Pending") return pending
  const p = toProbs(self)
  if (p instanceof RowProblem) return p
  const q = toProbs(against)
  if (q instanceof RowProblem) return q
  if (p.probs.length !== q.probs.length) return new RowProblem("length")
  const out = new Float64Array(p.probs.length)
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.log(p.probs[i]!) + strength * Math.min(p.probs[i]! - q.probs[i]!, 0)
  }
  return fromLogits(out)
}

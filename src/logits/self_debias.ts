import { RowProblem } from "./row.ts"
import { fromLogits, pending, toLogProbs, type Weighted } from "./weighted_row.ts"

/**
 * Lowers a token of `self` by `strength` times the amount of probability by which `against` exceeds it:
 * log-softmax of `log p + strength * min(p - q, 0)` over the two normalized laws, with weight 1.
 *
 * Source: Schick et al. 2021, arXiv:2103.00453, as a term in arXiv:2311.14479.
 */
export const selfDebias = (self: Weighted, against: Weighted, strength: number): Weighted | RowProblem => {
  if (self._tag === "Pending" || against._tag === "Pending") return pending
  const logP = toLogProbs(self)
  if (logP instanceof RowProblem) return logP
  const logQ = toLogProbs(against)
  if (logQ instanceof RowProblem) return logQ
  if (logP.length !== logQ.length) return new RowProblem("length")
  const out = new Float64Array(logP.length)
  for (let i = 0; i < out.length; i++) {
    out[i] = logP[i]! + strength * Math.min(Math.exp(logP[i]!) - Math.exp(logQ[i]!), 0)
  }
  return fromLogits(out)
}

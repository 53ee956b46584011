import { kernelFor } from "./kernel/kernel.ts"
import { RowProblem } from "./row.ts"
import { make, pending, type Weighted, type WeightedRow } from "./weighted_row.ts"

/**
 * Token by token the larger score with that side's weight; the left side at ties (arXiv:2311.14479, section 3.2).
 * Scores are compared as they stand. Pending while an operand is.
 */
export const union = (operands: ReadonlyArray<Weighted>): Weighted | RowProblem => choose(operands, true)

/** Token by token the smaller score with that side's weight; the right side at ties. */
export const intersection = (operands: ReadonlyArray<Weighted>): Weighted | RowProblem => choose(operands, false)

/** Folds from the left. */
const choose = (operands: ReadonlyArray<Weighted>, larger: boolean): Weighted | RowProblem => {
  let left: WeightedRow | undefined
  for (const right of operands) {
    if (right._tag === "Pending") return pending
    if (left !== undefined && right.scores.length !== left.scores.length) return new RowProblem("length")
    left = left === undefined ? right : chooseOf(left, right, larger)
  }
  return left ?? pending
}

const chooseOf = (left: WeightedRow, right: WeightedRow, larger: boolean): WeightedRow => {
  const { scores: a, weight: v } = left
  const { scores: b, weight: w } = right
  const kernel = kernelFor(a.length)
  if (kernel !== undefined && typeof v === "number" && typeof w === "number") {
    kernel.load(a)
    const weight = kernel.choose(larger ? "union" : "intersection", b, v, w)
    return make(kernel.take(), v === w ? v : weight)
  }
  const scores = new Float64Array(a.length)
  if (typeof v === "number" && v === w) {
    for (let i = 0; i < scores.length; i++) scores[i] = takesRight(a[i]!, b[i]!, larger) ? b[i]! : a[i]!
    return make(scores, v)
  }
  const weight = new Float64Array(a.length)
  for (let i = 0; i < scores.length; i++) {
    const right = takesRight(a[i]!, b[i]!, larger)
    scores[i] = right ? b[i]! : a[i]!
    weight[i] = right ? (typeof w === "number" ? w : w[i]!) : typeof v === "number" ? v : v[i]!
  }
  return make(scores, weight)
}

const takesRight = (left: number, right: number, larger: boolean): boolean => (larger ? right > left : right <= left)

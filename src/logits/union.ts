import { RowProblem } from "./row.ts"
import { make, pending, type Weighted, type WeightedRow, weightAt } from "./weighted_row.ts"

/**
 * Token by token the larger score with that side's weight; the left side at ties (arXiv:2311.14479, section 3.2).
 * Scores are compared as they stand. Pending while an operand is.
 */
export const union = (operands: ReadonlyArray<Weighted>): Weighted | RowProblem => choose(operands, (a, b) => b > a)

/** Token by token the smaller score with that side's weight; the right side at ties. */
export const intersection = (operands: ReadonlyArray<Weighted>): Weighted | RowProblem =>
  choose(operands, (a, b) => b <= a)

/** Folds from the left; `takesRight` decides for each token. */
const choose = (
  operands: ReadonlyArray<Weighted>,
  takesRight: (left: number, right: number) => boolean
): Weighted | RowProblem => {
  let left: WeightedRow | undefined
  for (const right of operands) {
    if (right._tag === "Pending") return pending
    if (left === undefined) {
      left = right
      continue
    }
    const size = left.scores.length
    if (right.scores.length !== size) return new RowProblem("length")
    const sameWeight = typeof left.weight === "number" && left.weight === right.weight
    const scores = new Float64Array(size)
    const weight = sameWeight ? undefined : new Float64Array(size)
    for (let i = 0; i < size; i++) {
      const side: WeightedRow = takesRight(left.scores[i]!, right.scores[i]!) ? right : left
      scores[i] = side.scores[i]!
      if (weight !== undefined) weight[i] = weightAt(side, i)
    }
    left = make(scores, weight ?? left.weight)
  }
  return left ?? pending
}

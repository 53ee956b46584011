import { expect } from "bun:test"
import { RowProblem } from "../../src/logits/row.ts"
import { make, type Weighted, type WeightedRow } from "../../src/logits/weighted_row.ts"

/** Impossible. */
export const none = Number.NEGATIVE_INFINITY

/** A weighted row of a few scores. */
export const weighted = (scores: ReadonlyArray<number>, weight: number | ReadonlyArray<number>): WeightedRow =>
  make(Float64Array.from(scores), typeof weight === "number" ? weight : Float64Array.from(weight))

/** The largest difference; infinite where lengths or impossible tokens differ. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue
    const difference = Math.abs(a[i]! - b[i]!)
    largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
  }
  return largest
}

/** A row as plain numbers, -0 read as 0. */
export const list = (row: ArrayLike<number>): Array<number> => Array.from(row, (x) => x + 0)

/** Asserts a row, not a problem, near the one wanted. */
export const expectRow = (row: ArrayLike<number> | RowProblem, wanted: ArrayLike<number>, tolerance = 1e-12): void => {
  if (row instanceof RowProblem || distance(row, wanted) > tolerance) {
    expect(row instanceof RowProblem ? row : list(row)).toEqual(list(wanted))
  }
}

const perToken = (weight: number | ArrayLike<number>, length: number): ArrayLike<number> =>
  typeof weight === "number" ? new Float64Array(length).fill(weight) : weight

/** Asserts scores and weights of two weighted rows, or that both are pending; weights token by token. */
export const expectWeighted = (row: Weighted | RowProblem, wanted: Weighted, tolerance = 0): void => {
  expect(row instanceof RowProblem ? row : row._tag).toBe(wanted._tag)
  if (row instanceof RowProblem || row._tag === "Pending" || wanted._tag === "Pending") return
  expectRow(row.scores, wanted.scores, tolerance)
  const { length } = wanted.scores
  expectRow(perToken(row.weight, length), perToken(wanted.weight, length), tolerance)
}

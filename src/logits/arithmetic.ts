import { RowProblem } from "./row.ts"
import { make, pending, type Weighted } from "./weighted_row.ts"

/** A factor: one number, or one number >= 0 for each token. */
export type Factor = number | Float64Array

/** One summand: a row times a factor. */
export interface Summand {
  readonly factor: Factor
  readonly row: Weighted
}

/**
 * Sum of factors times rows, scores and weights alike. Pending summands are left out; it is pending when all are.
 * `0 * -Infinity` is 0; a negative factor on `-Infinity` is a `RowProblem`.
 */
export const sum = (summands: ReadonlyArray<Summand>): Weighted | RowProblem => {
  let scores: Float64Array | undefined
  let weight: number | Float64Array = 0
  for (const { factor, row } of summands) {
    if (row._tag === "Pending") continue
    const size = row.scores.length
    scores ??= new Float64Array(size)
    if (size !== scores.length || (typeof factor !== "number" && factor.length !== size)) {
      return new RowProblem("length")
    }
    const bad = typeof factor === "number" ? axpy(scores, factor, row.scores) : multiplyAdd(scores, factor, row.scores)
    if (bad >= 0) return new RowProblem(row.scores[bad] === Number.POSITIVE_INFINITY ? "number" : "impossible", bad)
    weight = addWeight(weight, factor, row.weight, size)
  }
  return scores === undefined ? pending : make(scores, weight)
}

/** A row times a factor. */
export const scale = (self: Weighted, factor: Factor): Weighted | RowProblem => sum([{ factor, row: self }])

/** `out += a * x`; gives the first token at which a negative `a` meets an infinity, or -1. */
const axpy = (out: Float64Array, a: number, x: ArrayLike<number>): number => {
  if (a === 0) return -1
  for (let i = 0; i < out.length; i++) out[i]! += a * x[i]!
  if (a < 0)
    for (let i = 0; i < out.length; i++)
      if (x[i] === Number.NEGATIVE_INFINITY || x[i] === Number.POSITIVE_INFINITY) return i
  return -1
}

/** `out += a[i] * x[i]`, where 0 * -Infinity is 0. */
const multiplyAdd = (out: Float64Array, a: Float64Array, x: ArrayLike<number>): number => {
  for (let i = 0; i < out.length; i++) {
    if (a[i] === 0) continue
    if (a[i]! < 0 && x[i] === Number.NEGATIVE_INFINITY) return i
    out[i]! += a[i]! * x[i]!
  }
  return -1
}

const addWeight = (sum: Factor, factor: Factor, weight: Factor, size: number): Factor => {
  if (typeof sum === "number" && typeof factor === "number" && typeof weight === "number") return sum + factor * weight
  const out = new Float64Array(size)
  for (let i = 0; i < size; i++) out[i] = at(sum, i) + at(factor, i) * at(weight, i)
  return out
}

const at = (x: Factor, i: number): number => (typeof x === "number" ? x : x[i]!)

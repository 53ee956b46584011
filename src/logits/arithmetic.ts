import { type Row, RowProblem } from "./row.ts"
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
  let out: Float64Array | undefined
  let weight: number | Float64Array = 0
  let group: Array<Multiple> = []
  for (const { factor, row } of summands) {
    if (row._tag === "Pending") continue
    const { scores } = row
    const size = scores.length
    out ??= new Float64Array(size)
    if (size !== out.length || (typeof factor !== "number" && factor.length !== size)) return new RowProblem("length")
    weight = addWeight(weight, factor, row.weight, size)
    if (typeof factor === "number") {
      group.push({ factor, scores })
      if (group.length < 3) continue
    }
    const problem = addGroup(out, group) ?? (typeof factor === "number" ? undefined : multiplyAdd(out, factor, scores))
    if (problem !== undefined) return problem
    group = []
  }
  return out === undefined ? pending : (addGroup(out, group) ?? make(out, weight))
}

/** A row times a factor. */
export const scale = (self: Weighted, factor: Factor): Weighted | RowProblem => sum([{ factor, row: self }])

interface Multiple {
  readonly factor: number
  readonly scores: Row
}

/** A negative factor met an infinity. */
const refused = (scores: Row, token: number) =>
  new RowProblem(scores[token] === Number.POSITIVE_INFINITY ? "number" : "impossible", token)

const isInfinite = (x: number): boolean => x === Number.NEGATIVE_INFINITY || x === Number.POSITIVE_INFINITY

/** `out += sum of a * x` over three rows at most, in one pass. */
const addGroup = (out: Float64Array, group: ReadonlyArray<Multiple>): RowProblem | undefined => {
  const rows = group.filter(({ factor }) => factor !== 0)
  const [first, second, third] = rows
  if (first === undefined) return undefined
  const finite =
    third !== undefined
      ? addThree(out, first, second!, third)
      : second !== undefined
        ? addTwo(out, first, second)
        : addOne(out, first)
  // nothing infinite went into a finite sum
  if (finite) return undefined
  for (const { factor, scores } of rows) {
    const bad = factor < 0 ? scores.findIndex(isInfinite) : -1
    if (bad >= 0) return refused(scores, bad)
  }
  return undefined
}

const addOne = (out: Float64Array, { factor: a, scores: x }: Multiple): boolean => {
  let finite = true
  for (let i = 0; i < out.length; i++) {
    const total = out[i]! + a * x[i]!
    if (total - total !== 0) finite = false
    out[i] = total
  }
  return finite
}

const addTwo = (out: Float64Array, { factor: a, scores: x }: Multiple, { factor: b, scores: y }: Multiple): boolean => {
  let finite = true
  for (let i = 0; i < out.length; i++) {
    const total = out[i]! + a * x[i]! + b * y[i]!
    if (total - total !== 0) finite = false
    out[i] = total
  }
  return finite
}

const addThree = (
  out: Float64Array,
  { factor: a, scores: x }: Multiple,
  { factor: b, scores: y }: Multiple,
  { factor: c, scores: z }: Multiple
): boolean => {
  let finite = true
  for (let i = 0; i < out.length; i++) {
    const total = out[i]! + a * x[i]! + b * y[i]! + c * z[i]!
    if (total - total !== 0) finite = false
    out[i] = total
  }
  return finite
}

/** `out += a[i] * x[i]`, where 0 * -Infinity is 0. */
const multiplyAdd = (out: Float64Array, a: Float64Array, x: Row): RowProblem | undefined => {
  for (let i = 0; i < out.length; i++) {
    if (a[i] === 0) continue
    if (a[i]! < 0 && x[i] === Number.NEGATIVE_INFINITY) return refused(x, i)
    out[i]! += a[i]! * x[i]!
  }
  return undefined
}

const addWeight = (sum: Factor, factor: Factor, weight: Factor, size: number): Factor => {
  if (typeof sum === "number" && typeof factor === "number" && typeof weight === "number") return sum + factor * weight
  const out = new Float64Array(size)
  for (let i = 0; i < size; i++) out[i] = at(sum, i) + at(factor, i) * at(weight, i)
  return out
}

const at = (x: Factor, i: number): number => (typeof x === "number" ? x : x[i]!)

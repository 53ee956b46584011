import { type Row, RowProblem } from "./row.ts"
import { logSoftmax, softmax } from "./softmax.ts"

/**
 * What a formula evaluates to: scores `[V]` and the total weight that normalizes them (arXiv:2311.14479, Theorem 1),
 * one number, or one per token after union and intersection. `scores` is read only: it may be a model's own row.
 */
export interface WeightedRow {
  readonly _tag: "WeightedRow"
  readonly scores: Row
  readonly weight: number | Float64Array
}

/** A term whose row is not known yet. A state of its own, not a zero. */
export interface Pending {
  readonly _tag: "Pending"
}

/** A row or not yet one. */
export type Weighted = WeightedRow | Pending

/** The one pending row. */
export const pending: Pending = { _tag: "Pending" }

/** Makes a weighted row. */
export const make = (scores: Row, weight: number | Float64Array): WeightedRow => ({
  _tag: "WeightedRow",
  scores,
  weight
})

/** A leaf's row as a term: the log-softmax of its logits, with weight 1. */
export const fromLogits = (logits: Row): WeightedRow | RowProblem => {
  const scores = logSoftmax(logits)
  return scores instanceof RowProblem ? scores : make(scores, 1)
}

/** Raw scores as a term of weight 0: they move the law and take no part in the division. */
export const fromScores = (scores: Row): WeightedRow | RowProblem => {
  const bad = scores.findIndex(isNoScore)
  return bad < 0 ? make(scores, 0) : new RowProblem("number", bad)
}

/**
 * Scores through a function, the weight unchanged. A function that throws, and a result of another length or with NaN
 * or +Infinity, are refused.
 */
export const mapScores = (row: Weighted, f: (scores: Float64Array) => Float64Array): Weighted | RowProblem => {
  if (row._tag === "Pending") return pending
  let scores: Float64Array
  try {
    scores = f(Float64Array.from(row.scores))
    if (!(scores instanceof Float64Array)) throw new Error("it gave no Float64Array")
  } catch (thrown) {
    return new RowProblem("function", 0, thrown)
  }
  if (scores.length !== row.scores.length) return new RowProblem("length")
  const bad = scores.findIndex(isNoScore)
  return bad < 0 ? make(scores, row.weight) : new RowProblem("number", bad)
}

const isNoScore = (x: number): boolean => Number.isNaN(x) || x === Number.POSITIVE_INFINITY

/** The uniform distribution over `size` tokens, as a term of weight 1. */
export const uniform = (size: number): WeightedRow => make(new Float64Array(size).fill(-Math.log(size)), 1)

/** Whether a weighted row is divided by its weight before it is normalized; `none`: DExperts and its like. */
export type Normalization = "kl" | "none"

/** The weight at one token. */
export const weightAt = (row: WeightedRow, token: number): number =>
  typeof row.weight === "number" ? row.weight : row.weight[token]!

/**
 * Scores divided by the weight, the argument of the last softmax (Theorem 1). A weight of 0 anywhere is a
 * `RowProblem`; `none` leaves the scores as they are.
 */
export const divide = (row: WeightedRow, mode: Normalization = "kl"): Row | RowProblem => {
  const { scores, weight } = row
  if (mode === "none" || weight === 1) return scores
  if (typeof weight === "number") {
    if (weight === 0) return new RowProblem("weight")
    const out = new Float64Array(scores.length)
    for (let i = 0; i < out.length; i++) out[i] = scores[i]! / weight
    return out
  }
  const zero = weight.indexOf(0)
  if (zero >= 0) return new RowProblem("weight", zero)
  const out = new Float64Array(scores.length)
  for (let i = 0; i < out.length; i++) out[i] = scores[i]! / weight[i]!
  return out
}

/** The law a weighted row stands for, as log-probabilities in float64. */
export const toLogProbs = (row: WeightedRow, mode: Normalization = "kl"): Float64Array | RowProblem => {
  const scores = divide(row, mode)
  return scores instanceof RowProblem ? scores : logSoftmax(scores)
}

/** The law a weighted row stands for, as probabilities. */
export const toProbs = (row: WeightedRow, mode: Normalization = "kl"): ReturnType<typeof softmax> => {
  const scores = divide(row, mode)
  return scores instanceof RowProblem ? scores : softmax(scores)
}

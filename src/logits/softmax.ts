import { type LogProbs, type Probs, type Row, RowProblem } from "./row.ts"

/**
 * Natural logarithm of the sum of exponentials, accumulated in float64 around the maximum.
 * A row without any possible token, or with NaN or +Infinity in it, has none: a `RowProblem`.
 */
export const logSumExp = (row: Row): number | RowProblem => {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < row.length; i++) if (row[i]! > max) max = row[i]!
  let sum = 0
  for (let i = 0; i < row.length; i++) if (row[i] !== Number.NEGATIVE_INFINITY) sum += Math.exp(row[i]! - max)
  return sum > 0 && Number.isFinite(sum) ? max + Math.log(sum) : problemOf(row)
}

/** Which problem a row has whose sum of exponentials is not finite. */
const problemOf = (row: Row): RowProblem => {
  const bad = row.findIndex((x) => Number.isNaN(x) || x === Number.POSITIVE_INFINITY)
  return bad < 0 ? new RowProblem("nothing") : new RowProblem("number", bad)
}

/**
 * Subtracts the log-sum-exp: the row of log-probabilities in float64.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Logits } from "polylogit"
 *
 * deepEqual(Logits.logSoftmax(Float32Array.of(0, 0)), Float64Array.of(-Math.LN2, -Math.LN2))
 * ```
 */
export const logSoftmax = (row: Row): Float64Array | RowProblem => {
  const logZ = logSumExp(row)
  if (typeof logZ !== "number") return logZ
  const out = new Float64Array(row.length)
  for (let i = 0; i < row.length; i++) out[i] = row[i]! - logZ
  return out
}

/** `logSoftmax` rounded to float32, as it leaves the library. */
export const toLogProbs = (row: Row): LogProbs | RowProblem => {
  const out = logSoftmax(row)
  return out instanceof RowProblem ? out : Float32Array.from(out)
}

/**
 * The probabilities of a row of scores, normalized once in float64, with the log-sum-exp that normalized them:
 * one pass of exponentials for both.
 */
export const softmax = (row: Row): { readonly probs: Probs; readonly logZ: number } | RowProblem => {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < row.length; i++) if (row[i]! > max) max = row[i]!
  const probs = new Float64Array(row.length)
  let sum = 0
  for (let i = 0; i < row.length; i++) {
    if (row[i] !== Number.NEGATIVE_INFINITY) sum += probs[i] = Math.exp(row[i]! - max)
  }
  if (!(sum > 0 && Number.isFinite(sum))) return problemOf(row)
  for (let i = 0; i < row.length; i++) probs[i]! /= sum
  return { probs, logZ: max + Math.log(sum) }
}

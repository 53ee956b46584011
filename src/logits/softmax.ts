import { type Kernel, kernelFor } from "./kernel/kernel.ts"
import { type LogProbs, type Probs, type Row, RowProblem } from "./row.ts"

/** The exponentials of a row around its maximum: `x` is `(score - max) / temperature`. */
export interface Exponentials {
  readonly max: number
  /** Sum of `exp(x)`, accumulated in float64. */
  readonly sum: number
  /** The probabilities `exp(x) / sum`. */
  readonly probs: Probs
}

/**
 * Natural logarithm of the sum of exponentials, accumulated in float64 around the maximum.
 * A row without any possible token, or with NaN or +Infinity in it, has none: a `RowProblem`.
 */
export const logSumExp = (row: Row): number | RowProblem => logSumExpWith(kernelFor(row.length), row)

/** `logSumExp` by the kernel, or by plain loops. */
export const logSumExpWith = (kernel: Kernel | undefined, row: Row): number | RowProblem => {
  const max = kernel === undefined ? largestOf(row) : kernel.load(row)
  const sum = kernel === undefined ? sumOf(row, max) : kernel.exponentiate(max, 1)
  return sum > 0 && Number.isFinite(sum) ? max + Math.log(sum) : problemOf(row)
}

/** The largest score; NaN is passed over. */
export const largestOf = (row: Row): number => {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < row.length; i++) if (row[i]! > max) max = row[i]!
  return max
}

const sumOf = (row: Row, max: number): number => {
  let sum = 0
  for (let i = 0; i < row.length; i++) if (row[i] !== Number.NEGATIVE_INFINITY) sum += Math.exp(row[i]! - max)
  return sum
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
  const all = exponentials(row, 1)
  return all instanceof RowProblem ? all : { probs: all.probs, logZ: all.max + Math.log(all.sum) }
}

/** The exponentials of a row at a temperature > 0. */
export const exponentials = (row: Row, temperature: number): Exponentials | RowProblem =>
  exponentialsWith(kernelFor(row.length), row, temperature)

/** `exponentials` by the kernel, or by plain loops. */
export const exponentialsWith = (
  kernel: Kernel | undefined,
  row: Row,
  temperature: number
): Exponentials | RowProblem => {
  // the kernel multiplies by the inverse, which temperatures next to 0 do not have
  if (kernel === undefined || !Number.isFinite(1 / temperature)) return exponentialsByLoops(row, temperature)
  const max = kernel.load(row)
  const sum = kernel.exponentiate(max, 1 / temperature)
  if (!(sum > 0 && Number.isFinite(sum))) return problemOf(row)
  kernel.normalize(sum)
  return { max, sum, probs: kernel.take() }
}

const exponentialsByLoops = (row: Row, temperature: number): Exponentials | RowProblem => {
  const max = largestOf(row)
  const probs = new Float64Array(row.length)
  let sum = 0
  for (let i = 0; i < row.length; i++) {
    if (row[i] !== Number.NEGATIVE_INFINITY) sum += probs[i] = Math.exp((row[i]! - max) / temperature)
  }
  if (!(sum > 0 && Number.isFinite(sum))) return problemOf(row)
  for (let i = 0; i < row.length; i++) probs[i]! /= sum
  return { max, sum, probs }
}

import { t95 } from "./student_t.ts"

/** A mean with the interval that holds what it estimates in 95 of 100 samples. */
export interface Estimate {
  readonly mean: number
  /** `-Infinity` where the sample does not tell. */
  readonly low: number
  /** `Infinity` where the sample does not tell. */
  readonly high: number
  /** How many independent values it rests on. */
  readonly count: number
}

const z95 = 1.959963984540054

const meanOf = (values: ReadonlyArray<number>): number => values.reduce((sum, x) => sum + x, 0) / values.length

/**
 * The mean of independent values with Student's 95 % interval, which one value alone leaves open. The mean of no value is
 * `NaN`.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Evaluation } from "polylogit"
 *
 * const { low, mean, high } = Evaluation.interval([1, 2, 3])
 * deepEqual([low, mean, high].map((x) => x.toFixed(3)), ["-0.484", "2.000", "4.484"])
 * ```
 */
export const interval = (values: ReadonlyArray<number>): Estimate => {
  const count = values.length
  const mean = meanOf(values)
  if (count < 2) return { mean, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, count }
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1)
  const half = t95(count - 1) * Math.sqrt(variance / count)
  return { mean, low: mean - half, high: mean + half, count }
}

/**
 * The mean of values that come in clusters, such as the continuations of each opening, which are alike: the interval of
 * the clusters' means. Of one cluster alone it is that of its values, and speaks of this cluster only.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Evaluation } from "polylogit"
 *
 * deepEqual(Evaluation.clusteredInterval([[0, 2], [2, 2], [3]]), Evaluation.interval([1, 2, 3]))
 * ```
 */
export const clusteredInterval = (clusters: ReadonlyArray<ReadonlyArray<number>>): Estimate => {
  const full = clusters.filter(({ length }) => length > 0)
  return full.length === 1 ? interval(full[0]!) : interval(full.map(meanOf))
}

/**
 * A share with Wilson's 95 % interval: how many of `total` independent trials had success.
 *
 * Source: Wilson, Journal of the American Statistical Association 22 (1927).
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Evaluation } from "polylogit"
 *
 * const { low, mean, high } = Evaluation.wilsonInterval(0, 10)
 * deepEqual([low, mean, high].map((x) => x.toFixed(3)), ["0.000", "0.000", "0.278"])
 * ```
 */
export const wilsonInterval = (successes: number, total: number): Estimate => {
  if (total === 0) return { mean: Number.NaN, low: 0, high: 1, count: 0 }
  const mean = successes / total
  const square = z95 ** 2 / total
  const center = (mean + square / 2) / (1 + square)
  const half = (z95 / (1 + square)) * Math.sqrt((mean * (1 - mean)) / total + square / (4 * total))
  // rounding must not put an end behind the share itself
  return {
    mean,
    low: Math.max(0, Math.min(mean, center - half)),
    high: Math.min(1, Math.max(mean, center + half)),
    count: total
  }
}

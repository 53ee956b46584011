import type { Row } from "./row.ts"
import { largestOf } from "./softmax.ts"

/**
 * Scores divided by a temperature > 0, shifted so that the largest is 0: neither a small nor a large temperature
 * overflows. The law of the result is that of `row` at the temperature.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Logits } from "polylogit"
 *
 * deepEqual(Logits.temper(Float32Array.of(3, 1), 0.5), Float64Array.of(0, -4))
 * ```
 */
export const temper = (row: Row, temperature: number): Float64Array => {
  const max = largestOf(row)
  const shift = max === Number.NEGATIVE_INFINITY ? 0 : max
  const out = new Float64Array(row.length)
  for (let i = 0; i < row.length; i++) out[i] = (row[i]! - shift) / temperature
  return out
}

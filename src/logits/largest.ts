import type { Row } from "./row.ts"

/**
 * The `k` tokens with the largest scores, best first; of equal scores the lower id first.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Logits } from "polylogit"
 *
 * deepEqual(Logits.largest(Float32Array.of(0, 2, 1, 2), 3), [1, 3, 2])
 * ```
 */
export const largest = (row: Row, k: number): Array<number> => {
  const count = Math.min(k, row.length)
  if (count <= 0) return []
  const threshold = kthLargest(row, count)
  const above: Array<number> = []
  const equal: Array<number> = []
  for (let i = 0; i < row.length; i++) {
    if (row[i]! > threshold) above.push(i)
    else if (row[i]! === threshold && equal.length < count) equal.push(i)
  }
  return [...above.sort((a, b) => row[b]! - row[a]! || a - b), ...equal.slice(0, count - above.length)]
}

/** The k-th largest value, by Hoare's selection on a copy. */
const kthLargest = (row: Row, k: number): number => {
  const x = Float64Array.from(row)
  let low = 0
  let high = x.length - 1
  const goal = k - 1
  while (low < high) {
    const pivot = x[(low + high) >> 1]!
    let i = low
    let j = high
    while (i <= j) {
      while (x[i]! > pivot) i++
      while (x[j]! < pivot) j--
      if (i <= j) {
        const swap = x[i]!
        x[i++] = x[j]!
        x[j--] = swap
      }
    }
    if (goal <= j) high = j
    else if (goal >= i) low = i
    else return x[goal]!
  }
  return x[goal]!
}

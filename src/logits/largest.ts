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
export const largest = (row: Row, k: number): Array<number> =>
  Array.from(largestSet(row, k)).sort((a, b) => row[b]! - row[a]! || a - b)

/**
 * The tokens of `largest` by their ids. One pass: what does not exceed the k-th largest so far is passed over, the rest
 * is held and now and then cut to the k largest.
 */
export const largestSet = (row: Row, k: number): Uint32Array => {
  const count = Math.min(k, row.length)
  if (count <= 0) return new Uint32Array(0)
  const held = new Uint32Array(Math.min(row.length, 2 * count + 64))
  for (let i = 0; i < held.length; i++) held[i] = i
  let least = cut(row, held, count)
  let length = count
  for (let i = held.length; i < row.length; i++) {
    // of equal scores the lower ids are held already
    if (!(row[i]! > least)) continue
    held[length++] = i
    if (length < held.length) continue
    least = cut(row, held, count)
    length = count
  }
  cut(row, held.subarray(0, length), count)
  return held.slice(0, count)
}

/** Moves the `count` largest of `held` to its beginning, in the order in which they are held; gives the least of them. */
const cut = (row: Row, held: Uint32Array, count: number): number => {
  const least = kthLargest(row, held, count)
  let equal = count
  for (let i = 0; i < held.length; i++) if (row[held[i]!]! > least) equal--
  let length = 0
  for (let i = 0; i < held.length; i++) {
    const score = row[held[i]!]!
    if (score > least || (score === least && equal-- > 0)) held[length++] = held[i]!
  }
  return least
}

/** The k-th largest score of some tokens, by Hoare's selection. */
const kthLargest = (row: Row, tokens: Uint32Array, k: number): number => {
  const x = new Float64Array(tokens.length)
  for (let i = 0; i < x.length; i++) x[i] = row[tokens[i]!]!
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

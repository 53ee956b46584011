import type { Probs, Row } from "./row.ts"

/** The token with the largest score; of equal ones the lowest id. */
export const argmax = (row: Row): number => {
  let best = 0
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i
  return best
}

/**
 * Inverse-CDF draw: the first token at which the running sum of probabilities exceeds `coin`, a number in [0, 1).
 * A token of probability 0 is never drawn, whatever the coin and the rounding of the sum.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Logits } from "polylogit"
 *
 * const probs = Float64Array.of(0, 0.5, 0.5, 0)
 * deepEqual([0, 0.499, 0.5, 1 - 2 ** -53].map((coin) => Logits.draw(probs, coin)), [1, 1, 2, 2])
 * ```
 */
export const draw = (probs: Probs, coin: number): number => {
  let sum = 0
  let last = 0
  for (let i = 0; i < probs.length; i++) {
    if (probs[i] === 0) continue
    sum += probs[i]!
    if (coin < sum) return i
    last = i
  }
  return last
}

import type { Any, Coefficient } from "./formula.ts"

export type { Coefficient } from "./formula.ts"

/** The same factor everywhere. */
export const number = (value: number): Coefficient => ({ _tag: "Number", value })

/** From `from` at position 0 in equal steps to `to` at position `steps`, and `to` afterwards. */
export const linear = (from: number, to: number, steps: number): Coefficient => ({ _tag: "Linear", from, to, steps })

/**
 * `first` until the position of the first change, then that change's value, and so on.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Formula } from "polylogit"
 *
 * const fade = Formula.steps(1, [[2, 0.5], [4, 0]])
 * deepEqual([0, 1, 2, 3, 4, 5].map((position) => Formula.coefficientAt(fade, position)), [1, 1, 0.5, 0.5, 0, 0])
 * ```
 */
export const steps = (first: number, changes: ReadonlyArray<readonly [at: number, value: number]>): Coefficient => ({
  _tag: "Steps",
  first,
  changes
})

/** A weight >= 0 for each token: different priorities for different tokens (arXiv:2311.14479, Theorem 1). */
export const tokenWeights = (weights: Iterable<number>): Coefficient => ({
  _tag: "TokenWeights",
  weights: Array.from(weights)
})

/** Token weights: 1 where the score of `of` is >= 0, else 0. */
export const indicator = (of: Any): Coefficient => ({ _tag: "Indicator", of })

/** The number that a coefficient is at a position; `undefined` where it is a row. */
export const coefficientAt = (coefficient: Coefficient, position: number): number | undefined => {
  switch (coefficient._tag) {
    case "Number":
      return coefficient.value
    case "Linear": {
      const { from, to, steps } = coefficient
      return position >= steps ? to : from + ((to - from) * position) / steps
    }
    case "Steps":
      return coefficient.changes.findLast(([at]) => at <= position)?.[1] ?? coefficient.first
    default:
      return undefined
  }
}

/** The first position from which a coefficient no longer changes. */
export const settledAt = (coefficient: Coefficient): number => {
  switch (coefficient._tag) {
    case "Linear":
      return coefficient.steps
    case "Steps":
      return coefficient.changes.at(-1)?.[0] ?? 0
    default:
      return 0
  }
}

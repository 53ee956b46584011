import { dual } from "effect/Function"

/**
 * A step with explicit state, for everything that remembers something along a text. `step` is pure and the state is
 * never changed in place, so a rejected draft is undone by going back to an earlier state.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Machine } from "polylogit"
 *
 * const sum: Machine.Machine<number, number, number> = { init: 0, step: (total, x) => [total + x, total + x] }
 * const [afterTwo] = sum.step(sum.init, 2)
 * deepEqual(sum.step(afterTwo, 5), [7, 7])
 * deepEqual(sum.step(afterTwo, 1), [3, 3])
 * ```
 */
export interface Machine<State, In, Out> {
  /** The state before the first input. */
  readonly init: State
  /** The state after one input, and what came out of it. */
  readonly step: (state: State, input: In) => readonly [state: State, output: Out]
}

/**
 * Two machines one after the other: what comes out of `self` goes into `that`. Its state is the pair of theirs.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Machine } from "polylogit"
 *
 * const sum: Machine.Machine<number, number, number> = { init: 0, step: (total, x) => [total + x, total + x] }
 * const twice = Machine.chain(sum, sum)
 * deepEqual(twice.step(twice.init, 3), [[3, 3], 3])
 * deepEqual(twice.step([3, 3], 4), [[7, 10], 10])
 * ```
 */
export const chain: {
  <T, B, C>(that: Machine<T, B, C>): <S, A>(self: Machine<S, A, B>) => Machine<readonly [self: S, that: T], A, C>
  <S, A, T, B, C>(self: Machine<S, A, B>, that: Machine<T, B, C>): Machine<readonly [self: S, that: T], A, C>
} = dual(
  2,
  <S, A, T, B, C>(self: Machine<S, A, B>, that: Machine<T, B, C>): Machine<readonly [self: S, that: T], A, C> => ({
    init: [self.init, that.init],
    step: ([s, t], input) => {
      const [nextS, between] = self.step(s, input)
      const [nextT, output] = that.step(t, between)
      return [[nextS, nextT], output]
    }
  })
)

import { dual } from "effect/Function"
import * as Stream from "effect/Stream"
import type { Machine } from "./machine.ts"

/** What `run` does besides stepping. */
export interface RunOptions<State, Out> {
  /** What still comes out of the last state when the stream has ended; nothing by default. */
  readonly end?: ((state: State) => ReadonlyArray<Out>) | undefined
}

/**
 * The outputs of a machine along a stream, one for each input, then those of `end`. Each run of the stream starts
 * from `machine.init`; errors of the stream
 * pass through, after those of `end`.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect, Stream } from "effect"
 * import { Machine } from "polylogit"
 *
 * const sum: Machine.Machine<number, number, number> = { init: 0, step: (total, x) => [total + x, total + x] }
 * const totals = Stream.make(1, 2, 3).pipe(Machine.run(sum, { end: (total) => [-total] }))
 * deepEqual(await Effect.runPromise(Stream.runCollect(totals)), [1, 3, 6, -6])
 * ```
 */
export const run: {
  <S, I, O>(
    machine: Machine<S, I, O>,
    options?: RunOptions<S, O>
  ): <E, R>(self: Stream.Stream<I, E, R>) => Stream.Stream<O, E, R>
  <I, E, R, S, O>(
    self: Stream.Stream<I, E, R>,
    machine: Machine<S, I, O>,
    options?: RunOptions<S, O>
  ): Stream.Stream<O, E, R>
} = dual(
  (args) => Stream.isStream(args[0]),
  <I, E, R, S, O>(self: Stream.Stream<I, E, R>, machine: Machine<S, I, O>, options?: RunOptions<S, O>) =>
    Stream.mapAccum(
      self,
      () => machine.init,
      (state, input) => {
        const [next, output] = machine.step(state, input)
        return [next, [output]] as const
      },
      options?.end === undefined ? undefined : { onHalt: (state) => Array.from(options.end!(state)) }
    )
)

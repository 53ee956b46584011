import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { LanguageModel } from "polylogit"

/** A machine whose time passes only in runs, by a table of costs: what the planner sees is the same every time. */
export const fakeMachine = () => {
  let milliseconds = 0
  const nanos = () => BigInt(Math.round(milliseconds * 1e6))
  const clock: typeof Clock.Clock.Service = {
    currentTimeMillisUnsafe: () => milliseconds,
    currentTimeMillis: Effect.sync(() => milliseconds),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: () => Effect.void
  }
  return {
    now: () => milliseconds,
    /** A model that writes `rows` (a Markov chain) and takes `cost` of the sequences and positions of a run. */
    model: (
      name: string,
      rows: (context: ReadonlyArray<number>) => ArrayLike<number>,
      cost: (sequences: number, positions: number) => number
    ) => {
      const size = rows([0]).length
      const inner = LanguageModel.fromFunction(size, rows, { name })
      return LanguageModel.make({
        name,
        vocabulary: inner.vocabulary,
        contextLength: inner.contextLength,
        run: (requests) =>
          Effect.tap(inner.score(requests), () =>
            Effect.sync(() => {
              milliseconds += cost(
                requests.length,
                requests.reduce((sum, { context, from }) => sum + context.length - from + 1, 0)
              )
            })
          )
      })
    },
    run: <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(Effect.provideService(effect, Clock.Clock, clock))
  }
}

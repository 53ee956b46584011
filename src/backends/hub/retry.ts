import * as Effect from "effect/Effect"
import { HubFailure, isTransient } from "./failure.ts"

/** Longer than this the hub is not waited for. Units: milliseconds. */
const patience = 120_000

/**
 * Tries again what may go well the next time: up to `tries` more times, after 1, 2, 4 and then 8 seconds, or as long as
 * the hub asks; `tries` may depend on what went wrong. Whatever `progress` counts begins the counting anew.
 */
export const retrying = <A>(
  attempt: Effect.Effect<A, HubFailure>,
  { progress = () => 0, tries }: { readonly tries: (failure: HubFailure) => number; readonly progress?: () => number }
): Effect.Effect<A, HubFailure> => {
  const from = (failed: number): Effect.Effect<A, HubFailure> =>
    Effect.suspend(() => {
      const before = progress()
      return Effect.catch(attempt, (failure) => {
        const count = progress() > before ? 1 : failed + 1
        if (!isTransient(failure) || count > tries(failure)) return Effect.fail(failure)
        const wait = failure.wait ?? 1000 * Math.min(8, 2 ** (count - 1))
        if (wait > patience) return Effect.fail(tooLong(failure, wait))
        return Effect.andThen(Effect.sleep(wait), from(count))
      })
    })
  return from(0)
}

const tooLong = (failure: HubFailure, wait: number) =>
  new HubFailure({ ...failure, what: `${failure.what} and asks to wait ${Math.ceil(wait / 1000)} s` })

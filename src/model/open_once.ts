import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

/**
 * Opens what is asked for by name: once, when it is first asked for, and released with the scope. What failed to open is
 * tried again the next time.
 */
export const openOnce = <A, E>(
  open: (name: string) => Effect.Effect<A, E, Scope.Scope>
): Effect.Effect<(name: string) => Effect.Effect<A, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const opened = yield* Cache.makeWith((name: string) => Scope.provide(open(name), scope), {
      capacity: Number.POSITIVE_INFINITY,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? Number.POSITIVE_INFINITY : 0)
    })
    return (name) => Cache.get(opened, name)
  })

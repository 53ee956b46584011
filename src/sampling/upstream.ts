import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Drafted } from "./stage_machine.ts"

/** A stream that can be begun again from another place. */
export interface Upstream<E, R> {
  /** Its next tokens. */
  readonly pull: Pull.Pull<readonly [Drafted, ...ReadonlyArray<Drafted>], E, void, R>
  /** Closes it, if it is open; the next `pull` opens it anew. */
  readonly close: Effect.Effect<void>
}

/** Opens `stream` when tokens are first wanted, inside of `outer`, which closes it at last. */
export const reopening = <E, R>(stream: () => Stream.Stream<Drafted, E, R>, outer: Scope.Scope): Upstream<E, R> => {
  interface Opened {
    readonly scope: Scope.Closeable
    readonly pull: Upstream<E, R>["pull"]
  }
  let opened: Opened | undefined
  const open: Effect.Effect<Opened, never, R> = Effect.gen(function* () {
    const scope = yield* Scope.fork(outer)
    const pull = yield* Channel.toPullScoped(stream().channel, scope)
    opened = { scope, pull }
    return opened
  })
  return {
    pull: Effect.flatMap(
      Effect.suspend(() => (opened === undefined ? open : Effect.succeed(opened))),
      ({ pull }) => pull
    ),
    close: Effect.suspend(() => {
      const scope = opened?.scope
      opened = undefined
      return scope === undefined ? Effect.void : Scope.close(scope, Exit.void)
    })
  }
}

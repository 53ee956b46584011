import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"

/** Asks for one answer to each item. */
type Ask<A, B, E> = (items: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, E>

interface Asked<A, B, E> extends Request.Request<ReadonlyArray<B>, E> {
  readonly _tag: "Asked"
  readonly items: ReadonlyArray<A>
  /** Called when the caller is interrupted. */
  readonly caller: { leave: () => void }
}

/**
 * The same function, but what different fibers ask at the same moment is gathered into one call of `run`, which is
 * interrupted when none of them waits any longer.
 */
export const gather = <A, B, E>(run: Ask<A, B, E>): Ask<A, B, E> => {
  const request = Request.tagged<Asked<A, B, E>>("Asked")
  const resolver = RequestResolver.make<Asked<A, B, E>>((entries) =>
    Effect.withFiber((fiber) => {
      let callers = entries.length
      for (const { request } of entries) {
        request.caller.leave = () => {
          callers--
          if (callers === 0) fiber.interruptUnsafe()
        }
      }
      return Effect.map(run(entries.flatMap((entry) => entry.request.items)), (answers) => {
        let done = 0
        for (const entry of entries) {
          const count = entry.request.items.length
          entry.completeUnsafe(Exit.succeed(answers.slice(done, done + count)))
          done += count
        }
      })
    })
  )
  return (items) =>
    Effect.suspend(() => {
      const caller = { leave: () => {} }
      return Effect.onInterrupt(Effect.request(request({ items, caller }), resolver), () =>
        Effect.sync(() => caller.leave())
      )
    })
}

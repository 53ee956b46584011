import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { RowError } from "../formula/prepare.ts"
import type { Context } from "../model/context.ts"
import { askOf } from "./ask.ts"
import type { Chance } from "./chance.ts"
import type { Law } from "./law.ts"
import type { Drafted, Reply, StageMachine, Verified } from "./stage_machine.ts"
import type { Target } from "./target.ts"
import { reopening } from "./upstream.ts"

/**
 * One step of the chain that generates: from a context, a stream of tokens drawn from the stage's own law. Rewinding is
 * closing the stream and opening the stage at an earlier context. No stage runs ahead of demand. A stream that ends
 * before the text does has no more to propose; whoever checks it goes on alone.
 */
export type Stage<E = RowError, R = never> = (from: Context) => Stream.Stream<Drafted, E, R>

/** A stage gave what no stage may give: a law of another length, no law at all, or a token that its law excludes. */
export class StageError extends Data.TaggedError("StageError")<{ readonly message: string }> {}

/** What a stage needs besides its law. */
export interface StageOptions {
  readonly chance: Chance
  readonly sequence: number
  /** Its place in the chain: 0 proposes. */
  readonly stage: number
  /** Told of every block that was checked. */
  readonly observe?: ((verified: Verified) => void) | undefined
}

/**
 * The stage that a machine decides for: laws come from `target`, drafts from `upstream`, which is opened when the first
 * are wanted and closed whenever the machine rewinds, or when the stream ends, fails or is interrupted.
 */
export const drive =
  <E, R>(machine: StageMachine, target: Pick<Target<E, R>, "laws">, options: StageOptions) =>
  <E2 = never, R2 = never>(upstream: Stage<E2, R2>): Stage<E | E2 | StageError, R | R2> => {
    let round = 0
    return ({ completion, prompt }) =>
      Stream.transformPull(Stream.empty, (_, scope) =>
        Effect.sync(() => {
          const { init, step } = machine(completion)
          const ask = askOf(options.chance, { ...options, round: round++ })
          let state = init
          let above = completion
          const { close, pull } = reopening(() => upstream({ prompt, completion: above }), scope)
          const drafts = Pull.catchDone(
            Effect.map(pull, (drafted): Reply => ({ _tag: "Pulled", drafted })),
            () => Effect.succeed<Reply>({ _tag: "Dry" })
          ) as Effect.Effect<Reply, E2, R2>

          return Effect.gen(function* () {
            let reply: Reply = { _tag: "Next" }
            for (;;) {
              const [next, action] = step(state, reply)
              state = next
              switch (action._tag) {
                case "Laws": {
                  const laws: ReadonlyArray<Law> = yield* target.laws(
                    { prompt, completion: action.completion },
                    action.from
                  )
                  reply = { _tag: "Laws", laws, ask }
                  break
                }
                case "Pull":
                  reply = yield* drafts
                  break
                case "Emit":
                  if (action.verified !== undefined) options.observe?.(action.verified)
                  if (action.rewind) {
                    above = action.completion
                    yield* close
                  }
                  return action.drafted
                case "End":
                  return yield* Cause.done()
                case "Refuse":
                  return yield* new StageError({ message: action.message })
              }
            }
          })
        })
      )
  }

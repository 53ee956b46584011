import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RowError } from "../formula/prepare.ts"
import type { Stage, StageError } from "../sampling/stage.ts"
import type { Leg } from "./leg.ts"
import { type Acceptance, seen, unseen } from "./observation.ts"
import type { Choose, Gave } from "./pilot.ts"
import type { Switch } from "./plan.ts"
import { type SpeculateOptions, speculate } from "./speculate.ts"
import { switching } from "./switching.ts"

/** One sequence on its way: its stage, and what became of it so far. */
export interface Course {
  readonly stage: Stage<RowError | StageError>
  /** The plans that it went by, each from a position on. */
  readonly switches: () => ReadonlyArray<Switch>
  /** What became of the drafts, for each leg taken and each of its layers but the first. */
  readonly acceptance: () => ReadonlyMap<Leg, ReadonlyArray<Acceptance>>
}

/** The stage of a sequence that goes by the legs that `choose` says, one after another. */
export const course = (choose: Choose, options: SpeculateOptions): Course => {
  const stages = new Map<Leg, Stage<RowError | StageError>>()
  const acceptance = new Map<Leg, ReadonlyArray<Acceptance>>()
  const switches: Array<Switch> = []
  let last: Leg | undefined

  const stageOf = (leg: Leg) => {
    const known = stages.get(leg)
    if (known !== undefined) return known
    acceptance.set(
      leg,
      leg.layers.slice(1).map(() => unseen)
    )
    const stage = speculate(leg.layers, {
      ...options,
      observe: (stage, verified) => {
        const before = acceptance.get(leg)!
        acceptance.set(leg, before.with(stage - 1, seen(before[stage - 1]!, verified)))
        options.observe?.(stage, verified)
      }
    })
    stages.set(leg, stage)
    return stage
  }
  const stage = switching((completion) => {
    const leg = choose(completion)
    if (leg !== last) {
      // nothing was written by the one before
      if (switches.at(-1)?.at === completion.length) switches.pop()
      switches.push({ at: completion.length, ...leg.plan })
    }
    last = leg
    return stageOf(leg)
  })
  const { learn } = choose
  const told = (gave: Omit<Gave, "leg" | "acceptance">) =>
    learn?.({ ...gave, leg: last!, acceptance: acceptance.get(last!)! }) ?? Effect.void
  return {
    stage: learn === undefined ? stage : timed(stage, told),
    switches: () => switches,
    acceptance: () => acceptance
  }
}

/** The same stage, with `told` run whenever it has given tokens. */
const timed =
  <E, R>(stage: Stage<E, R>, told: (gave: Omit<Gave, "leg" | "acceptance">) => Effect.Effect<void>): Stage<E, R> =>
  (from) =>
    Stream.transformPull(stage(from), (pull) =>
      Effect.map(Clock.Clock, (clock) => {
        let { completion } = from
        return Effect.gen(function* () {
          const start = clock.monotonicTimeNanosUnsafe()
          const drafted = yield* pull
          const milliseconds = Number(clock.monotonicTimeNanosUnsafe() - start) / 1e6
          completion = completion.concat(drafted.map(({ token }) => token))
          yield* told({ drafted, milliseconds, context: { prompt: from.prompt, completion } })
          return drafted
        })
      })
    )

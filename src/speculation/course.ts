import type { RowError } from "../formula/prepare.ts"
import type { Stage, StageError } from "../sampling/stage.ts"
import type { Leg } from "./leg.ts"
import { type Acceptance, seen, unseen } from "./observation.ts"
import type { Choose } from "./pilot.ts"
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
  return {
    stage: switching((completion) => {
      const leg = choose(completion)
      if (leg !== last) switches.push({ at: completion.length, ...leg.plan })
      last = leg
      return stageOf(leg)
    }),
    switches: () => switches,
    acceptance: () => acceptance
  }
}

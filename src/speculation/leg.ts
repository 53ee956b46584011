import * as Result from "effect/Result"
import type { Prepared } from "../formula/prepare.ts"
import { type Layer, layers } from "./layers.ts"
import type { Plan, PlanError, Switch } from "./plan.ts"

/** A plan with its partial formulas made ready. */
export interface Leg {
  readonly plan: Plan
  readonly layers: ReadonlyArray<Layer>
}

/** Makes plans ready, each with the position from which it holds. */
export const legs = (
  prepared: Prepared,
  schedule: ReadonlyArray<Switch>
): Result.Result<ReadonlyArray<readonly [at: number, Leg]>, PlanError> => {
  const out: Array<readonly [number, Leg]> = []
  for (const { at, ...plan } of schedule) {
    const own = layers(prepared, plan)
    if (Result.isFailure(own)) return Result.fail(own.failure)
    out.push([at, { plan, layers: own.success }])
  }
  return Result.succeed(out)
}

/** All terms together, token by token: no speculation. */
export const together = (prepared: Prepared): Plan => ({
  order: [prepared.asked.map((leaf) => prepared.terms.indexOf(leaf) + 1)],
  draftLengths: []
})

import * as Result from "effect/Result"
import type { Prepared } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { type Leg, legs, together } from "./leg.ts"
import { type Plan, PlanError } from "./plan.ts"
import { type Speculate, schedule } from "./schedule.ts"

/** Says which leg a sequence goes on by, looking at nothing but what is out. */
export type Choose = (completion: ReadonlyArray<TokenId>) => Leg

/** Decides for all sequences of a run by which plans they go. */
export interface Pilot {
  /** How many rows of each term a sequence has to remember. */
  readonly reach: number
  /** The way of one sequence, asked wherever its last stage has given tokens. */
  readonly way: (memory: RowMemory) => Choose
}

/** Goes by given plans. A draft longer than `window`, the tokens that fit behind the prompt, is refused. */
export const byPlans = (
  prepared: Prepared,
  given: Exclude<Speculate, "auto">,
  window: number
): Result.Result<Pilot, PlanError> => {
  const plans = given === "off" ? Result.succeed([{ at: 0, ...together(prepared) }]) : schedule(given, prepared.terms)
  return Result.flatMap(plans, (switches) => {
    const long = switches.flatMap(({ draftLengths }) => draftLengths).find((length) => length >= window)
    if (long !== undefined) {
      const message = `Cannot draft ${long} tokens: ${window} fit into the context window behind the prompt`
      return Result.fail(new PlanError({ message }))
    }
    return Result.map(legs(prepared, switches), (ready) => ({
      reach: Math.max(...ready.map(([, leg]) => reach(leg.plan))),
      way:
        () =>
        ({ length }) =>
          ready.findLast(([at]) => at <= length)![1]
    }))
  })
}

/** How far apart the stages of a plan may be, in tokens. */
export const reach = ({ draftLengths }: Plan): number => draftLengths.reduce((sum, length) => sum + 2 * length + 2, 2)

import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Prepared } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import type { Context } from "../model/context.ts"
import type { Drafted } from "../sampling/stage_machine.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { type Leg, legs, together } from "./leg.ts"
import type { Acceptance } from "./observation.ts"
import { type Plan, PlanError } from "./plan.ts"
import { type Speculate, schedule } from "./schedule.ts"

/**
 * Says which leg a sequence goes on by. Where drafts are held that would be dropped, it may look at nothing but what is
 * out: not at times either, which tell how the drafts came about.
 */
export interface Choose {
  (completion: ReadonlyArray<TokenId>): Leg
  /** Told of the tokens that came, before they are handed on. */
  readonly learn?: (gave: Gave) => Effect.Effect<void>
}

/** What the last stage gave, and how. */
export interface Gave {
  readonly leg: Leg
  readonly drafted: ReadonlyArray<Drafted>
  /** The text with these tokens. */
  readonly context: Context
  /** From when they were asked for. Units: ms. */
  readonly milliseconds: number
  /** What became of the drafts of each layer of the leg but the first, so far. */
  readonly acceptance: ReadonlyArray<Acceptance>
}

/** What planning took besides the run. Units: ms. */
export interface PlannerTime {
  /** Measuring what the models cost, before the first token; 0 where it was known. */
  readonly calibration: number
  /** Comparing laws and looking for plans, while the run went on. */
  readonly planning: number
}

/** Decides for all sequences of a run by which plans they go. */
export interface Pilot {
  /** How many rows of each term a sequence has to remember. */
  readonly reach: number
  /** The way of one sequence, asked wherever its last stage has given tokens. */
  readonly way: (memory: RowMemory) => Choose
  /** So far, of a pilot that plans. */
  readonly time?: () => PlannerTime
}

/** Goes by given plans. A draft that the context window can never hold is refused; near its end drafts are cut short. */
export const byPlans = (prepared: Prepared, given: Exclude<Speculate, "auto">): Result.Result<Pilot, PlanError> => {
  const plans = given === "off" ? Result.succeed([{ at: 0, ...together(prepared) }]) : schedule(given, prepared.terms)
  return Result.flatMap(plans, (switches) => {
    const { contextLength } = prepared
    const long = switches.flatMap(({ draftLengths }) => draftLengths).find((length) => length > contextLength)
    if (long !== undefined) {
      const message = `Cannot draft ${long} tokens: the context window holds ${contextLength}`
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

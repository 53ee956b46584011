import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Prepared } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import { print } from "../formula/syntax/print.ts"
import { type Experience, Experiences, experience, type Stretch } from "./experience.ts"
import { lattice } from "./lattice.ts"
import { layers } from "./layers.ts"
import { type Leg, together } from "./leg.ts"
import { measure } from "./machine_costs.ts"
import { type Acceptance, unseen } from "./observation.ts"
import type { Choose, Gave, Pilot } from "./pilot.ts"
import { type AutoOptions, type Planner, planner, type Running } from "./planner.ts"

/**
 * Plans for itself. It measures the models once for each machine, begins without speculation, compares the laws of the
 * partial formulas at the first tokens, and goes on by the plan that is expected to be the cheapest. Every block shows
 * how long plans of that order take against what was expected, so that one which is slower than it should be is left,
 * and close ones are tried. What was learned serves later runs of the same formula in the same process. A formula of
 * one term, and one whose models cannot be measured, is written without speculation.
 *
 * None of it touches the law. Plans change only where no drafts are held: behind a token that was drawn and not kept,
 * or where a single stage verifies, which holds none between two blocks. Times and counts tell how held drafts came
 * about; where some are held they decide nothing.
 */
export const auto = (prepared: Prepared, options: AutoOptions): Effect.Effect<Pilot> =>
  Effect.gen(function* () {
    const plan = together(prepared)
    const off = { plan, layers: Result.getOrThrow(layers(prepared, plan)) }
    const plain: Pilot = { reach: 2, way: () => () => off }
    const known = yield* experienceOf(prepared, options)
    if (known.lattice.nodes.length === 1 || options.maxTokens < 2) return plain
    const measuring = yield* Effect.result(measure(prepared, options.count))
    if (measuring._tag === "Failure") return plain
    const measured = measuring.success
    const clock = yield* Clock.Clock
    const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    const plans = planner(prepared, options, known, measured, now)
    return {
      reach: plans.reach,
      time: () => ({ calibration: measured.milliseconds, planning: plans.time() }),
      way: (memory) => way(plans, known, options, memory)
    }
  })

/** Tokens of a stretch that is measured, and of one that ends with its plan. */
const stretch = { whole: 16, last: 3 }
const nothing: Stretch = { blocks: 0, tokens: 0, milliseconds: 0 }

/** The way of one sequence: it follows the planner wherever it may, and tells it what it sees. */
const way = (plans: Planner, known: Experience, { verifier }: AutoOptions, memory: RowMemory): Choose => {
  const before = new Map<Leg, ReadonlyArray<Acceptance>>()
  let own: Running | undefined
  let free = true
  let fresh = true
  let ahead = nothing
  const choose = () => {
    const next = plans.current()
    if (own === undefined || (free && own.leg !== next.leg)) {
      if (own !== undefined && ahead.tokens >= stretch.last) plans.went(own.candidate, ahead)
      own = next
      fresh = true
      ahead = nothing
    }
    return own.leg
  }
  const learn = (gave: Gave): Effect.Effect<void> =>
    Effect.suspend(() => {
      const { acceptance, drafted, leg, milliseconds } = gave
      const { candidate } = own!
      free = leg.layers.length < 3 || drafted.at(-1)!.origin !== "kept"
      // drafts kept by races are counted; else their chances, which scatter less, are added
      const kept = verifier === "coupled" ? "kept" : "expected"
      for (const [i, seen] of acceptance.entries()) {
        const then = before.get(leg)?.[i] ?? unseen
        known.addSeen(
          candidate.nodes[i]!,
          candidate.nodes[i + 1]!,
          seen.decided - then.decided,
          seen[kept] - then[kept]
        )
      }
      before.set(leg, acceptance)
      // the first block of a plan asks what the one before left out
      if (!fresh) {
        ahead = {
          blocks: ahead.blocks + 1,
          tokens: ahead.tokens + drafted.length,
          milliseconds: ahead.milliseconds + milliseconds
        }
      }
      fresh = false
      if (ahead.tokens >= stretch.whole) {
        plans.went(candidate, ahead)
        ahead = nothing
      }
      return plans.came(gave, memory)
    })
  return Object.assign(choose, { learn })
}

const mostExperiences = 256

/** What is known about a formula with these models, sampled and verified like this. */
export const experienceOf = (prepared: Prepared, options: AutoOptions): Effect.Effect<Experience> =>
  Effect.map(Experiences, (all) => {
    const key = JSON.stringify([
      print(prepared.formula),
      prepared.normalize,
      prepared.terms.map((leaf) => prepared.modelOf(leaf)?.weights ?? leaf._tag),
      options.sampling,
      options.verifier,
      options.count
    ])
    const known = all.get(key) ?? experience(lattice(prepared))
    all.delete(key)
    all.set(key, known)
    if (all.size > mostExperiences) all.delete(all.keys().next().value!)
    return known
  })

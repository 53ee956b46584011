import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Prepared, RowError } from "../formula/prepare.ts"
import { rowMemory } from "../formula/row_memory.ts"
import { print } from "../formula/syntax/print.ts"
import type { Prompt } from "../model/context.ts"
import { CurrentChance } from "../sampling/chance.ts"
import { propose } from "../sampling/propose.ts"
import type { StageError } from "../sampling/stage.ts"
import { target } from "../sampling/target.ts"
import { perToken } from "./cost.ts"
import { estimate } from "./estimate.ts"
import { experience } from "./experience.ts"
import { lattice, type Node, part } from "./lattice.ts"
import { measure } from "./machine_costs.ts"
import type { Plan } from "./plan.ts"
import { type AutoOptions, searching } from "./planner.ts"
import { runTime } from "./run_time.ts"
import { search } from "./search.ts"

/** What runs of one model take, alone and together. */
export interface ModelReport {
  readonly model: string
  /** The terms on it, by number. */
  readonly terms: ReadonlyArray<number>
  /** Runs of one term and of all of them, of 1, 2, 4, 8 and 16 new positions of each. Units: ms. */
  readonly runs: ReadonlyArray<{ readonly terms: number; readonly positions: number; readonly milliseconds: number }>
}

/** How often the drafts of one partial formula are kept by another. */
export interface StepReport {
  readonly draft: string
  readonly target: string
  readonly acceptance: number
}

/** A plan and what it is expected to take. */
export interface PlannedReport {
  readonly plan: Plan
  /** The partial formulas of its stages, the whole formula last. */
  readonly stages: ReadonlyArray<string>
  /** A token. Units: ms. */
  readonly milliseconds: number
  /** Against no speculation. */
  readonly speedup: number
}

/** What the planner goes by, and what it would choose: plain data. */
export interface PlanReport {
  readonly terms: ReadonlyArray<{ readonly number: number; readonly term: string; readonly model: string | undefined }>
  readonly models: ReadonlyArray<ModelReport>
  readonly acceptance: ReadonlyArray<StepReport>
  /** A law of the whole formula. Units: ms. */
  readonly law: number
  /** The cheapest plans, best first; the one without speculation is among them. */
  readonly candidates: ReadonlyArray<PlannedReport>
  readonly chosen: PlannedReport
  /** What measuring the models took; 0 where it was known. Units: ms. */
  readonly calibration: number
  /** Tokens that were written to compare laws at. */
  readonly tokens: number
}

/** Tokens that are written without speculation. */
const written = 24
/** Positions of which the report tells the times. */
const shown = [1, 2, 4, 8, 16]

/**
 * Measures the models of a formula, writes some tokens to compare laws at, and says what `speculate: "auto"` would begin
 * with. `prepared` has to know its drafts (`prepare(formula, { drafts: true })`).
 */
export const planReport = (
  prepared: Prepared,
  options: AutoOptions & { readonly prompt: Prompt; readonly seed: number }
): Effect.Effect<PlanReport, RowError | StageError> =>
  Effect.gen(function* () {
    const { prompt } = options
    const measured = yield* measure(prepared, options.count)
    const known = experience(lattice(prepared))
    const memory = rowMemory(written + 2)
    const maxTokens = Math.min(written, options.maxTokens)
    const own = target(prepared, { ...options, maxTokens, memory })
    const chance = (yield* CurrentChance)(options.seed)
    const drafted = yield* Stream.runCollect(
      propose(own, { chance, sequence: 0, stage: 0 })({ prompt, completion: [] })
    )
    const completion = drafted.map(({ token }) => token)
    if (completion.length > 0) {
      const positions = completion.length
      const context = { prompt, completion }
      const compared = { ...options, memory, positions, without: known.isFailed }
      // a first time, so that times are of code that has run before
      yield* estimate(prepared, known.lattice, context, compared)
      known.addEstimate(yield* estimate(prepared, known.lattice, context, compared))
    }
    const by = searching(measured, known, options, prepared.vocabulary.size)
    const text = (node: Node) => print(part(prepared, node)!.formula)
    const found = search(known.lattice, by)
    const plain = found.find(({ nodes }) => nodes.length === 1)!
    const planned = found.map(
      (candidate): PlannedReport => ({
        plan: candidate.plan,
        stages: candidate.nodes.map(text),
        milliseconds: perToken(candidate.flow),
        speedup: perToken(plain.flow) / perToken(candidate.flow)
      })
    )
    return {
      terms: prepared.terms.map((leaf, i) => ({
        number: i + 1,
        term: print(leaf),
        model: prepared.modelOf(leaf)?.name
      })),
      models: measured.models.map(({ calibration, model, terms }) => {
        const time = runTime(calibration)
        return {
          model: model.name,
          terms,
          runs: [...new Set([1, terms.length])].flatMap((together) =>
            shown.map((positions) => ({
              terms: together,
              positions,
              milliseconds: time(together, together * positions)
            }))
          )
        }
      }),
      acceptance: known.lattice.nodes.flatMap((from) =>
        known.lattice.next.get(from)!.flatMap((to) => {
          const acceptance = known.acceptance(from, to)
          return acceptance === undefined ? [] : [{ draft: text(from), target: text(to), acceptance }]
        })
      ),
      law: by.costs.law(known.lattice.whole),
      candidates: planned,
      chosen: planned[0]!,
      calibration: measured.milliseconds,
      tokens: completion.length
    }
  })

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Prepared } from "../formula/prepare.ts"
import type { LanguageModel, ModelError } from "../model/language_model.ts"
import { calibrate } from "./calibrate.ts"
import { type Calibration, CalibrationCache } from "./calibration.ts"
import { runTime } from "./run_time.ts"
import type { Costs } from "./search.ts"

/** The models of a formula, measured. */
export interface Measured {
  readonly models: ReadonlyArray<{
    readonly model: LanguageModel
    /** The terms on it, by number. */
    readonly terms: ReadonlyArray<number>
    readonly calibration: Calibration
  }>
  /** What measuring took, as far as it was not known before. Units: ms. */
  readonly milliseconds: number
}

/** Sequences in one run of which none more is measured: what lies beyond goes on as steeply. */
const mostSequences = 8

/** Measures the models of a formula of which not enough is known. `count`: texts that are written side by side. */
export const measure = (prepared: Prepared, count: number): Effect.Effect<Measured, ModelError> =>
  Effect.gen(function* () {
    const store = yield* CalibrationCache
    const clock = yield* Clock.Clock
    let spent = 0n
    const models = []
    for (const [model, terms] of byModel(prepared)) {
      const sequences = Math.min(mostSequences, terms.length * count)
      const known = yield* store.get(model.weights)
      const enough = known?.points.some((point) => point.sequences >= sequences)
      const start = clock.monotonicTimeNanosUnsafe()
      const calibration = known !== undefined && enough ? known : yield* calibrate(model, { sequences })
      if (calibration !== known) {
        spent += clock.monotonicTimeNanosUnsafe() - start
        yield* store.set(model.weights, calibration)
      }
      models.push({ model, terms, calibration })
    }
    return { models, milliseconds: Number(spent) / 1e6 }
  })

/** The models with the terms on each, by number. */
const byModel = (prepared: Prepared): ReadonlyArray<readonly [LanguageModel, ReadonlyArray<number>]> => {
  const found = new Map<string, readonly [LanguageModel, Array<number>]>()
  for (const [i, leaf] of prepared.terms.entries()) {
    const model = prepared.modelOf(leaf)
    if (model === undefined) continue
    const own = found.get(model.weights) ?? ([model, []] as const)
    own[1].push(i + 1)
    found.set(model.weights, own)
  }
  return [...found.values()]
}

/** What is known of costs besides runs. */
export interface OtherCosts {
  /** Texts that are written side by side: their runs are packed, their laws computed one after another. */
  readonly count: number
  /** A law, for each of its terms and one more. Units: ms. */
  readonly lawTime: () => number
  /** A row of a term without a model. Units: ms. */
  readonly streamTime: () => number
}

/** What runs and laws of partial formulas cost, by what was measured. */
export const machineCosts = ({ models }: Measured, { count, lawTime, streamTime }: OtherCosts): Costs => {
  const place = new Map(models.flatMap(({ terms }, i) => terms.map((term) => [term, i] as const)))
  const times = models.map(({ calibration }) => runTime(calibration))
  const sequences = new Int32Array(models.length)
  const positions = new Int32Array(models.length)
  return {
    runs: (asked) => {
      sequences.fill(0)
      positions.fill(0)
      let time = 0
      for (const [term, rows] of asked) {
        const i = place.get(term)
        if (i === undefined) time += count * rows * streamTime()
        else {
          sequences[i]! += count
          positions[i]! += count * rows
        }
      }
      for (const [i, of] of times.entries()) if (sequences[i]! > 0) time += of(sequences[i]!, positions[i]!)
      return time
    },
    law: (node) => count * (1 + node.length) * lawTime()
  }
}

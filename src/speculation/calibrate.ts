import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { LanguageModel, ModelError } from "../model/language_model.ts"
import type { Calibration } from "./calibration.ts"

/** What is measured, and for how long. */
export interface CalibrateOptions {
  /** The most sequences that one run will score. */
  readonly sequences: number
  /** The most time that measuring may take, once each kind of run was seen once. Default 2000. Units: ms. */
  readonly budget?: number | undefined
}

/** Tokens behind which the new ones come, as long as the window allows it. */
const cached = 64
/** More new tokens than this in one run say nothing about generating. */
const mostTokens = 48

/**
 * Measures what runs of a model take: one sequence and many, one new position of each and many, behind contexts that the
 * model has scored before. It takes as long as some sixty tokens would, no longer than the budget; where that is short,
 * the kinds that tell the most come first. What a runtime opens late for a number of sequences is opened before, and not
 * counted.
 */
export const calibrate = (
  model: LanguageModel,
  { budget = 2000, sequences }: CalibrateOptions
): Effect.Effect<Calibration, ModelError> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    const start = now()
    const kinds = kindsOf(sequences, Math.max(0, model.contextLength - cached))
    const prefix = Math.max(1, Math.min(cached, model.contextLength - mostTokens))
    const { size } = model.vocabulary
    const contexts = Array.from({ length: sequences }, (_, seed) =>
      Array.from({ length: prefix }, (_, i) => (i * 977 + seed * 131) % size)
    )
    const timed = (kind: Kind) =>
      Effect.gen(function* () {
        const requests = contexts.slice(0, kind.sequences).map((context, sequence) => ({
          context: context.concat(Array.from({ length: kind.each }, (_, i) => (i * 389 + sequence) % size)),
          from: prefix + 1
        }))
        const begin = now()
        yield* model.score(requests)
        return now() - begin
      })
    const times = kinds.map((): Array<number> => [])
    const opened = new Set<number>()
    let counted = 0
    let allowed = budget
    for (let round = 0; round < mostRounds; round++) {
      for (const [i, kind] of kinds.entries()) {
        if (counted > allowed && (round > 0 || counted > budget)) continue
        if (!opened.has(kind.sequences)) {
          yield* timed(kind)
          opened.add(kind.sequences)
        }
        const time = yield* timed(kind)
        if (counted === 0) allowed = Math.min(budget, Math.max(20, 60 * time))
        counted += time
        times[i]!.push(time)
      }
    }
    const points = kinds.flatMap(({ each, sequences }, i) =>
      times[i]!.length === 0 ? [] : [{ sequences, positions: sequences * each, milliseconds: typical(times[i]!) }]
    )
    return { points, milliseconds: now() - start }
  })

const mostRounds = 12

interface Kind {
  readonly sequences: number
  readonly each: number
}

/** The kinds of runs, those that tell the most first. */
const kindsOf = (most: number, room: number): ReadonlyArray<Kind> => {
  const middle = Math.ceil(most / 2)
  const all = [
    [1, 1],
    [most, 1],
    [1, 4],
    [most, 4],
    [1, 16],
    [most, 8],
    [1, 2],
    [1, 8],
    [middle, 1],
    [middle, 4],
    [most, 2]
  ] as const
  const seen = new Set<string>()
  return all.flatMap(([sequences, each]) => {
    const key = `${sequences} ${each}`
    if (seen.has(key) || (each > 1 && (each > room || sequences * each > mostTokens))) return []
    seen.add(key)
    return [{ sequences, each }]
  })
}

/** The lower quartile: what disturbs a run makes it longer. */
const typical = (times: ReadonlyArray<number>): number =>
  times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) / 4)]!

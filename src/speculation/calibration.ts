import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** What one kind of run took. */
const Point = Schema.Struct({
  /** Sequences that were scored in one run: terms, times the texts that are written side by side. */
  sequences: Schema.Int,
  /** New positions of all of them together. */
  positions: Schema.Int,
  /** Units: ms. */
  milliseconds: Schema.Finite
})

/** What runs of a model take on this machine: plain data, so that it can be kept. */
export const Calibration = Schema.Struct({
  points: Schema.Array(Point),
  /** What measuring took. Units: ms. */
  milliseconds: Schema.Finite
})
export type Calibration = typeof Calibration.Type

/**
 * Where calibrations are kept, by the `weights` of models. The default is a map that lasts as long as the process; a
 * program that wants more provides one over a file.
 */
export interface CalibrationStore {
  readonly get: (weights: string) => Effect.Effect<Calibration | undefined>
  readonly set: (weights: string, calibration: Calibration) => Effect.Effect<void>
}

/** A store in memory. */
export const storeInMemory = (): CalibrationStore => {
  const known = new Map<string, Calibration>()
  return {
    get: (weights) => Effect.sync(() => known.get(weights)),
    set: (weights, calibration) => Effect.sync(() => void known.set(weights, calibration))
  }
}

/** Where the planner looks for what it has measured before. */
export const CalibrationCache = Context.Reference<CalibrationStore>("polylogit/speculation/CalibrationCache", {
  defaultValue: storeInMemory
})

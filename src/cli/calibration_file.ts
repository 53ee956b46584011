import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { availableParallelism, cpus, homedir } from "node:os"
import { dirname, isAbsolute, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import manifest from "../../package.json" with { type: "json" }
import { Calibration, CalibrationCache, type CalibrationStore, storeInMemory } from "../speculation/calibration.ts"

/** Where measured times are kept: `$XDG_CACHE_HOME/polylogit/calibration.json`, by default below `~/.cache`. */
export const calibrationPath = (): string => {
  const given = process.env.XDG_CACHE_HOME ?? ""
  return join(isAbsolute(given) ? given : join(homedir(), ".cache"), "polylogit", "calibration.json")
}

const File = Schema.fromJsonString(
  Schema.Struct({ machine: Schema.String, models: Schema.Record(Schema.String, Calibration) })
)

/** What the times depend on besides the model. */
const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? ""}, ${availableParallelism()} threads, Bun ${Bun.version}, polylogit ${manifest.version}`

/**
 * A store over a file: what one command has measured the next one finds. It keeps models that lie on this disk, by path
 * and time of change; others are known for as long as the process lasts. A file that is broken, of another machine, or
 * that cannot be written is as good as none.
 */
export const storeInFile = (path: string): CalibrationStore => {
  const memory = storeInMemory()
  const read = (): Readonly<Record<string, Calibration>> => {
    try {
      const found = Option.getOrUndefined(Schema.decodeOption(File)(readFileSync(path, "utf8")))
      return found?.machine === machine() ? found.models : {}
    } catch {
      return {}
    }
  }
  const write = (models: Readonly<Record<string, Calibration>>): void => {
    try {
      mkdirSync(dirname(path), { recursive: true })
      const partial = `${path}.${process.pid}`
      writeFileSync(partial, Schema.encodeSync(File)({ machine: machine(), models }))
      renameSync(partial, path)
    } catch {
      // without the file the next command measures again
    }
  }
  return {
    get: (weights) =>
      Effect.flatMap(memory.get(weights), (known) =>
        Effect.sync(() => {
          const key = known === undefined ? keyOf(weights) : undefined
          return key === undefined ? known : read()[key]
        })
      ),
    set: (weights, calibration) =>
      Effect.andThen(
        memory.set(weights, calibration),
        Effect.sync(() => {
          const key = keyOf(weights)
          if (key !== undefined) write({ ...read(), [key]: calibration })
        })
      )
  }
}

/**
 * A model's path, its dtype if it has one behind that, and the time of the last change; `undefined` where `weights` is
 * no path.
 */
const keyOf = (weights: string): string | undefined => {
  if (!isAbsolute(weights)) return undefined
  const path = weights.replace(/:(int8|int4)$/, "")
  try {
    const files = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path]
    return `${weights} ${Math.max(...files.map((file) => statSync(file).mtimeMs))}`
  } catch {
    return undefined
  }
}

/** Commands keep what they have measured. */
export const layerCalibration = Layer.sync(CalibrationCache, () => storeInFile(calibrationPath()))

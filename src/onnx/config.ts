import { CheckpointError } from "./checkpoint_error.ts"

/** Reads the fields of a config.json; a field that is `null` counts as absent. Each reader throws `CheckpointError`. */
export interface Config {
  readonly has: (field: string) => boolean
  /** A whole number above zero. */
  readonly size: (field: string, fallback?: number) => number
  readonly number: (field: string, fallback?: number) => number
  /** A number above zero. */
  readonly positive: (field: string, fallback?: number) => number
  readonly boolean: (field: string, fallback?: boolean) => boolean
  readonly string: (field: string, fallback?: string) => string
  readonly strings: (field: string, fallback?: ReadonlyArray<string>) => ReadonlyArray<string>
  /** One whole number or a list of them. */
  readonly integers: (field: string, fallback?: ReadonlyArray<number>) => ReadonlyArray<number>
  readonly numbers: (field: string) => ReadonlyArray<number>
  /** A number above zero; nothing where the field is `null`, and `missing` where there is no such field. */
  readonly optional: (field: string, missing?: number) => number | undefined
  /** Names of the fields of an object inside. */
  readonly keys: (field: string) => ReadonlyArray<string>
  /** An object inside; an empty one where the field is absent. */
  readonly section: (field: string) => Config
  /** Refuses a field that is neither absent nor one of `values`. */
  readonly only: (field: string, ...values: ReadonlyArray<unknown>) => void
}

/** Reads a file of settings in JSON. Errors: throws `CheckpointError` where the text is not a JSON object. */
export const parseConfig = (text: string, file = "config.json"): Config => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new CheckpointError(`Cannot read ${file} as a model's configuration: it is not JSON`)
  }
  if (!isObject(json)) {
    throw new CheckpointError(`Cannot read ${file} as a model's configuration: it is not a JSON object`)
  }
  return section(json, "", file)
}

const section = (fields: Readonly<Record<string, unknown>>, path: string, file: string): Config => {
  const has = (field: string) => Object.hasOwn(fields, field) && fields[field] !== null
  const reader =
    <A>(what: string, is: (value: unknown) => value is A) =>
    (field: string, fallback?: A): A => {
      if (!has(field)) {
        if (fallback !== undefined) return fallback
        throw new CheckpointError(`Cannot read ${path}${field} of ${file} as ${what}: the field is missing`)
      }
      const value = fields[field]
      if (is(value)) return value
      const came = JSON.stringify(value).slice(0, 80)
      throw new CheckpointError(`Cannot read ${path}${field} of ${file} as ${what}: ${came}`)
    }
  const object = reader("an object", isObject)
  const positive = reader("a number above zero", (value): value is number => isNumber(value) && value > 0)
  const integers = reader("whole numbers", (value): value is number | ReadonlyArray<number> =>
    [value].flat().every((item) => Number.isSafeInteger(item))
  )
  return {
    has,
    size: reader(
      "a whole number above zero",
      (value): value is number => Number.isSafeInteger(value) && Number(value) > 0
    ),
    number: reader("a number", isNumber),
    positive,
    boolean: reader("true or false", (value): value is boolean => typeof value === "boolean"),
    string: reader("text", (value): value is string => typeof value === "string"),
    strings: reader(
      "a list of texts",
      (value): value is ReadonlyArray<string> => Array.isArray(value) && value.every((item) => typeof item === "string")
    ),
    integers: (field, fallback) => {
      const value = integers(field, fallback)
      return typeof value === "number" ? [value] : value
    },
    numbers: reader(
      "a list of numbers",
      (value): value is ReadonlyArray<number> => Array.isArray(value) && value.every(isNumber)
    ),
    optional: (field, missing) => {
      if (has(field)) return positive(field)
      return Object.hasOwn(fields, field) ? undefined : missing
    },
    keys: (field) => Object.keys(object(field, {})),
    section: (field) => section(object(field, {}), `${path}${field}.`, file),
    only: (field, ...values) => {
      if (!has(field) || values.includes(fields[field])) return
      const came = JSON.stringify(fields[field]).slice(0, 80)
      const allowed = ["absent", ...values.map((value) => JSON.stringify(value))].join(" or ")
      throw new CheckpointError(`Cannot build with ${path}${field} of ${file} as ${allowed}: ${came}`)
    }
  }
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

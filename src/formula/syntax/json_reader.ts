import { FormulaError } from "../errors.ts"
import { didYouMean } from "./suggestion.ts"
import { cut } from "./syntax_error.ts"

/** Where a value stands in the JSON, and in how many formulas. */
export interface Path {
  readonly name: string
  readonly depth: number
}

/** Reads a value, `undefined` where there is none, or throws a `FormulaError`. */
export type Reader<A> = (value: unknown, path: Path) => A

type Read<R> = R extends Reader<infer A> ? A : never
type Fields = Readonly<Record<string, Reader<unknown>>>
type Cases = Readonly<Record<string, Fields>>

/** Refuses a value, in one line. */
export const cannotRead = (path: Path, expected: string, value: unknown, suggestion = ""): never => {
  const message = `Cannot read ${path.name === "" ? "this" : shorten(path.name)} as ${expected}: ${describe(value)}${suggestion}`
  throw new FormulaError({ part: shorten(path.name), message })
}

/** A path of which the middle is left out where it is long. */
const shorten = (name: string): string => (name.length <= 80 ? name : `${name.slice(0, 20)}…${name.slice(-59)}`)

const describe = (value: unknown): string => {
  if (value === undefined) return "it is missing"
  if (typeof value === "string") return JSON.stringify(cut(value, 40))
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === "object" && value !== null ? "an object" : String(value)
}

/** A value that a guard accepts. */
export const is =
  <A>(expected: string, guard: (value: unknown) => value is A): Reader<A> =>
  (value, path) =>
    guard(value) ? value : cannotRead(path, expected, value)

/** A finite number. */
export const finite = is("a finite number", (x): x is number => typeof x === "number" && Number.isFinite(x))

/** A string. */
export const string = is("a string", (x): x is string => typeof x === "string")

/** What may be left out. */
export const optional =
  <A>(read: Reader<A>): Reader<A | undefined> =>
  (value, path) =>
    value === undefined ? undefined : read(value, path)

/** A list of at least so many elements. */
export const list =
  <A>(read: Reader<A>, least = 0): Reader<ReadonlyArray<A>> =>
  (value, path) =>
    Array.isArray(value) && value.length >= least
      ? value.map((element, i) => read(element, { ...path, name: `${path.name}[${i}]` }))
      : cannotRead(path, least === 0 ? "a list" : `a list of ${least} or more`, value)

/** An object with these fields and no others. */
export const object =
  <F extends Fields>(what: string, fields: F): Reader<{ readonly [K in keyof F]: Read<F[K]> }> =>
  (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return cannotRead(path, what, value)
    const names = Object.keys(fields)
    const extra = Object.keys(value).find((name) => !names.includes(name))
    if (extra !== undefined) {
      const suggestion = didYouMean(extra, names)
      return cannotRead(path, `${what}, which has only ${names.join(", ")}`, extra, suggestion)
    }
    const read = (name: string): readonly [string, unknown] => [
      name,
      fields[name]!(Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined, {
        ...path,
        name: path.name === "" ? name : `${path.name}.${name}`
      })
    ]
    return Object.fromEntries(names.map(read)) as { readonly [K in keyof F]: Read<F[K]> }
  }

/** An object whose `_tag` says which fields it has. */
export const tagged =
  <C extends Cases>(
    what: string,
    cases: C
  ): Reader<{ [T in keyof C]: { readonly _tag: T } & { readonly [K in keyof C[T]]: Read<C[T][K]> } }[keyof C]> =>
  (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return cannotRead(path, what, value)
    const tag: unknown = Object.hasOwn(value, "_tag") ? (value as { readonly _tag?: unknown })._tag : undefined
    const tags = Object.keys(cases)
    if (typeof tag !== "string" || !tags.includes(tag)) {
      const suggestion = typeof tag === "string" ? didYouMean(tag, tags) : ""
      return cannotRead({ ...path, name: `${path.name}._tag` }, `one of ${tags.join(", ")}`, tag, suggestion)
    }
    return object(tag, { _tag: string, ...cases[tag] })(value, path) as never
  }

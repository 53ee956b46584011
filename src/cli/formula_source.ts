import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import type { FormulaError, FormulaSyntaxError } from "../formula/errors.ts"
import type { Formula } from "../formula/formula.ts"
import { overrideAttributes, setAttributes } from "../formula/interpolate.ts"
import { prompt } from "../formula/leaves.ts"
import { parseWithNames } from "../formula/syntax/parse.ts"
import type { Models } from "../model/models.ts"
import { readChanges } from "./attribute_changes.ts"
import { Mistake } from "./mistake.ts"

/** What the flags of a command say of its formula. */
export interface FormulaInput {
  readonly formula: Option.Option<string>
  readonly file: string | undefined
  readonly define: ReadonlyArray<string>
  readonly set: ReadonlyArray<string>
}

/** A formula with the names that were given beside it. */
export interface NamedFormula {
  readonly formula: Formula<Models>
  /** The names of flags and of rows. */
  readonly names: Readonly<Record<string, Formula<Models>>>
  /** Those, and what the text of the formula defines. */
  readonly known: Readonly<Record<string, Formula<Models>>>
}

/** Reads the formula of a command from its argument or its file; `rows` are leaves that are known by name already. */
export const readFormula = (
  input: FormulaInput,
  rows: Readonly<Record<string, Formula<Models>>> = {}
): Effect.Effect<NamedFormula, Mistake | FormulaError | FormulaSyntaxError> =>
  Effect.flatMap(readSource(input, rows), (source) => source.formulaAt({}))

/** The text of a command's formula, which may name numbers. */
export interface FormulaSource {
  readonly text: string
  /** The names of flags and of rows. */
  readonly names: Readonly<Record<string, Formula<Models>>>
  /** The formula that the text is with these numbers; `unused` are those that it does not name. */
  readonly formulaAt: (
    numbers: Readonly<Record<string, number>>
  ) => Effect.Effect<NamedFormula & { readonly unused: ReadonlyArray<string> }, FormulaError | FormulaSyntaxError>
}

/** Reads the text of a formula and what flags say of it. */
export const readSource = (
  input: FormulaInput,
  rows: Readonly<Record<string, Formula<Models>>> = {}
): Effect.Effect<FormulaSource, Mistake> =>
  Effect.gen(function* () {
    const names = { ...rows, ...(yield* definitions(input.define)) }
    const given = Option.getOrUndefined(input.formula)
    if (given !== undefined && input.file !== undefined) {
      return yield* new Mistake({ message: "Cannot use a formula and --file at once: give one of them" })
    }
    const text = input.file === undefined ? given : yield* readText(input.file)
    if (text === undefined) {
      return yield* new Mistake({ message: "Cannot go on without a formula: give one, or a file of one with --file" })
    }
    const changes = yield* readChanges(input.set)
    return {
      text,
      names,
      formulaAt: (numbers) =>
        Effect.gen(function* () {
          const read = yield* Effect.fromResult(parseWithNames<Models>(text, { names, numbers }))
          return {
            formula: yield* Effect.fromResult(setAttributes(read.formula, changes)),
            names,
            known: Record.map({ ...names, ...read.definitions }, (one) => overrideAttributes(one, changes)),
            unused: read.unused
          }
        })
    }
  })

const definitions = (define: ReadonlyArray<string>) =>
  Effect.flatMap(Effect.forEach(define, definition), (pairs) => {
    const twice = pairs.find(([name], i) => pairs.findIndex(([other]) => other === name) < i)
    return twice === undefined
      ? Effect.succeed(Object.fromEntries(pairs))
      : Effect.fail(new Mistake({ message: `Cannot define ${twice[0]} twice` }))
  })

const definition = (text: string): Effect.Effect<readonly [string, Formula<Models>], Mistake> => {
  const [, name, value] = /^\s*([\p{L}_][\p{L}\p{N}_]*)\s*=([\s\S]*)$/u.exec(text) ?? []
  return name === undefined || value === undefined
    ? Effect.fail(new Mistake({ message: `Cannot read --define ${text}: expected NAME=PROMPT` }))
    : Effect.succeed([name, prompt(value)])
}

/** A file as text; bytes that are no UTF-8 are refused. `-` is standard input, which may be interrupted. */
export const readText = (path: string): Effect.Effect<string, Mistake> => {
  const refuse = (error: unknown) => new Mistake({ message: `Cannot read ${path}: ${reasonOf(error)}` })
  const bytes =
    path === "-"
      ? Effect.tryPromise({ try: () => Bun.stdin.bytes(), catch: refuse })
      : Effect.try({ try: () => readFileSync(path), catch: refuse })
  return Effect.flatMap(bytes, (read) =>
    Effect.try({ try: () => new TextDecoder("utf-8", { fatal: true }).decode(read), catch: refuse })
  )
}

const reasonOf = (error: unknown): string => {
  if (error instanceof TypeError) return "it is not UTF-8 text"
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT") return "there is no such file"
  return code === "EISDIR" ? "it is a folder" : error instanceof Error ? error.message : String(error)
}

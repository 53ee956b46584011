import * as Result from "effect/Result"
import type { FormulaSyntaxError } from "../errors.ts"
import type { Formula, NamedModels } from "../formula.ts"
import { Parser } from "./parser.ts"
import { Refusal, syntaxError } from "./syntax_error.ts"

/** What a text may name besides its own definitions. */
export interface ParseOptions<R> {
  readonly names?: Readonly<Record<string, Formula<R>>> | undefined
  /** Numbers by name; each is finite. */
  readonly numbers?: Readonly<Record<string, number>> | undefined
}

/**
 * Reads a formula from text: definitions `name = …`, then one formula. `names` are the formulas and `numbers` the numbers
 * that the text may name besides.
 *
 * Errors: a `FormulaSyntaxError` with the reason, the place, and the line with a caret under it. Whether the numbers
 * make sense is not looked at.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Formula } from "polylogit"
 *
 * const text = `
 *   child = prompt("You speak to a child.")   # a model behind a prompt
 *   adult = prompt("You speak to an adult.")
 *   child - 0.6 * adult`
 * const formula = Formula.prompt("You speak to a child.").pipe(
 *   Formula.subtract(Formula.scale(Formula.prompt("You speak to an adult."), 0.6))
 * )
 * deepEqual(Result.map(Formula.parse(text), Formula.equals(formula)), Result.succeed(true))
 *
 * const { message } = Result.getOrThrow(Result.flip(Formula.parse("union(a, chld)", { names: { a: formula, child: formula } })))
 * deepEqual(message.split("\n"), [
 *   'unknown name "chld" (did you mean "child"?)',
 *   "line 1, column 10",
 *   "union(a, chld)",
 *   "         ^"
 * ])
 * ```
 */
export const parse = <R = never>(
  text: string,
  options: ParseOptions<R> = {}
): Result.Result<Formula<R | NamedModels>, FormulaSyntaxError> =>
  Result.map(parseWithNames(text, options), ({ formula }) => formula)

/** `parse` that also gives the formulas that the text itself defined, by name, and which numbers it does not name. */
export const parseWithNames = <R = never>(
  text: string,
  options: ParseOptions<R> = {}
): Result.Result<
  {
    readonly formula: Formula<R | NamedModels>
    readonly definitions: Readonly<Record<string, Formula<R | NamedModels>>>
    readonly unused: ReadonlyArray<string>
  },
  FormulaSyntaxError
> => {
  try {
    const parser = new Parser(text, options.names ?? {}, options.numbers ?? {})
    const formula = parser.parse() as Formula<R | NamedModels>
    return Result.succeed({
      formula,
      definitions: parser.definitions() as Readonly<Record<string, Formula<R | NamedModels>>>,
      unused: parser.unused()
    })
  } catch (refusal) {
    if (refusal instanceof Refusal) return Result.fail(syntaxError(text, refusal))
    throw refusal
  }
}

/** `parse` that throws its error. */
export const parseUnsafe = <R = never>(text: string, options: ParseOptions<R> = {}): Formula<R | NamedModels> =>
  Result.getOrThrow(parse(text, options))

import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import type * as Exit from "effect/Exit"
import { FormulaSyntaxError } from "../formula/errors.ts"

/** Something that the user asked for and that cannot be: one or two plain lines, exit code 2. */
export class Mistake extends Data.TaggedError("Mistake")<{ readonly message: string }> {}

/** The reader of our output has gone, as `head` does: an end like any other. */
export class ClosedPipe extends Data.TaggedError("ClosedPipe") {}

/** Errors that are the user's to mend. Everything else is a failure of ours or of the machine. */
const mistakes = new Set([
  "Mistake",
  "ShowHelp",
  "FormulaSyntaxError",
  "FormulaError",
  "EvaluationError",
  "ExperimentError",
  "OptionsError",
  "PlanError",
  "PromptError",
  "ModelLoadError",
  "VocabularyMismatch"
])

const tagOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : ""

/** 0 for success, 2 for a user's mistake, 130 after Ctrl-C, 1 for everything else. */
export const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (exit._tag === "Success") return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return 130
  const tag = tagOf(Cause.squash(exit.cause))
  return tag === "ClosedPipe" ? 0 : mistakes.has(tag) ? 2 : 1
}

/** What the user is told of a failure: no stack trace; nothing where the command line has already spoken. */
export const report = (cause: Cause.Cause<unknown>): string | undefined => {
  if (Cause.hasInterruptsOnly(cause)) return undefined
  const error = Cause.squash(cause)
  if (["ShowHelp", "ClosedPipe"].includes(tagOf(error))) return undefined
  if (error instanceof FormulaSyntaxError) {
    const picture = error.message.split("\n").slice(-2).join("\n")
    return `polylogit: ${error.reason} (line ${error.line}, column ${error.column})\n${picture}\n`
  }
  const message = error instanceof Error ? error.message : String(error)
  return `polylogit: ${message}\n`
}

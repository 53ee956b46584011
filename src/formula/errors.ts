import * as Schema from "effect/Schema"

/** The text is not a formula. `message` holds the reason, the line and a caret under the place. */
export class FormulaSyntaxError extends Schema.TaggedError<FormulaSyntaxError>()("FormulaSyntaxError", {
  /** What is wrong, in one line. */
  reason: Schema.String,
  /** Where, counted from 0 in UTF-16 units. */
  offset: Schema.Int,
  /** Line and column, counted from 1. */
  line: Schema.Int,
  column: Schema.Int,
  message: Schema.String
}) {}

/** The formula denotes no distribution. `part` is the sub-formula at fault, as text. */
export class FormulaError extends Schema.TaggedError<FormulaError>()("FormulaError", {
  part: Schema.String,
  message: Schema.String
}) {}

/** A row could not be computed at a context. `part` is the sub-formula at fault, as text; `reason` as of `RowProblem`. */
export class EvaluationError extends Schema.TaggedError<EvaluationError>()("EvaluationError", {
  part: Schema.String,
  reason: Schema.Literals(["impossible", "weight", "number", "nothing", "length", "function"]),
  message: Schema.String
}) {}

import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { describe, type LogProbs, RowProblem } from "../logits/row.ts"
import { toLogProbs, type Weighted } from "../logits/weighted_row.ts"
import type { Context } from "../model/context.ts"
import { EvaluationError } from "./errors.ts"
import type { Formula } from "./formula.ts"
import { type Prepared, type PrepareError, type PrepareOptions, prepare, type RowError } from "./prepare.ts"
import { excerpt } from "./syntax/print.ts"

/**
 * The logit stream that a formula denotes: a stream of contexts in, their weighted rows out (scores as in Theorem 1 of
 * arXiv:2311.14479). For every operator, `weighted(op(a, b))` equals `op(weighted(a), weighted(b))`, where the second
 * `op` is that of `LogitStream`.
 */
export const weighted =
  <R>(formula: Formula<R>, options: PrepareOptions = {}) =>
  <E2, R2>(contexts: Stream.Stream<Context, E2, R2>): Stream.Stream<Weighted, E2 | PrepareError | RowError, R | R2> =>
    Stream.unwrap(
      Effect.map(prepare(formula, { exact: true, ...options }), (prepared) =>
        Stream.mapEffect(contexts, (context) => rowAt(prepared, context))
      )
    )

/** The law that a formula denotes at each context: log-probabilities `[V]`, before any sampling option. */
export const logits =
  <R>(formula: Formula<R>, options: PrepareOptions = {}) =>
  <E2, R2>(contexts: Stream.Stream<Context, E2, R2>): Stream.Stream<LogProbs, E2 | PrepareError | RowError, R | R2> =>
    Stream.unwrap(
      Effect.map(prepare(formula, options), (prepared) =>
        Stream.mapEffect(contexts, (context) =>
          Effect.flatMap(rowAt(prepared, context), (row) =>
            Effect.map(law(prepared, row), (logProbs) => Float32Array.from(logProbs))
          )
        )
      )
    )

const rowAt = (prepared: Prepared, context: Context) =>
  Effect.map(prepared.rows(context, context.completion.length), (rows) => rows[0]!)

/** The log-probabilities of a weighted row, in float64. */
export const law = (prepared: Prepared, row: Weighted): Effect.Effect<Float64Array, EvaluationError> => {
  const result = row._tag === "Pending" ? new RowProblem("nothing") : toLogProbs(row, prepared.normalize)
  if (!(result instanceof RowProblem)) return Effect.succeed(result)
  const part = excerpt(prepared.formula)
  const message = `Cannot normalize ${part}: ${describe(result)}`
  return Effect.fail(new EvaluationError({ part, reason: result.reason, message }))
}

import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { describe, RowProblem } from "../logits/row.ts"
import type { Weighted } from "../logits/weighted_row.ts"

/** A stream of weighted rows, one for each context. */
export type LogitStream<E = never, R = never> = Stream.Stream<Weighted, E, R>

/** An operator met rows that it has no value for. */
export class LogitStreamError extends Schema.TaggedError<LogitStreamError>()("LogitStreamError", {
  operator: Schema.String,
  message: Schema.String
}) {}

const settle =
  (operator: string) =>
  <A>(row: A | RowProblem): Effect.Effect<A, LogitStreamError> =>
    row instanceof RowProblem
      ? Effect.fail(new LogitStreamError({ operator, message: `Cannot compute ${operator}: ${describe(row)}` }))
      : Effect.succeed(row)

/** Lifts an operation on a row, with the row's place in the stream, to streams. */
export const lift1 =
  (operator: string, f: (row: Weighted, position: number) => Weighted | RowProblem) =>
  <E, R>(self: LogitStream<E, R>): LogitStream<E | LogitStreamError, R> =>
    self.pipe(
      Stream.mapAccum(
        () => 0,
        (position, row) => [position + 1, [f(row, position)]] as const
      ),
      Stream.mapEffect(settle(operator))
    )

/** Lifts an operation on rows of several streams, one from each at a time. It ends with the shortest. */
export const liftAll =
  <A = Weighted>(operator: string, f: (rows: ReadonlyArray<Weighted>) => A | RowProblem) =>
  <E, R>(streams: ReadonlyArray<LogitStream<E, R>>): Stream.Stream<A, E | LogitStreamError, R> => {
    const [first, ...others] = streams
    if (first === undefined) return Stream.empty
    const rows = others.reduce(
      (all: Stream.Stream<ReadonlyArray<Weighted>, E, R>, next) =>
        Stream.zipWith(all, next, (before, row) => [...before, row]),
      Stream.map(first, (row): ReadonlyArray<Weighted> => [row])
    )
    return Stream.mapEffect(rows, (all) => settle(operator)(f(all)))
  }

import { dual } from "effect/Function"
import type * as Stream from "effect/Stream"
import { type Monitored, monitor as monitorRows } from "../logits/monitor.ts"
import { RowProblem } from "../logits/row.ts"
import { toLogProbs } from "../logits/weighted_row.ts"
import { type LogitStream, type LogitStreamError, liftAll } from "./lift.ts"

/**
 * For each row of `self`, which may not be pending: the entropy of its law P, and of each of `terms` its law Q with
 * KL(P || Q).
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect, Stream } from "effect"
 * import { LogitStream } from "polylogit"
 *
 * const sure = LogitStream.fromLogits(Stream.succeed(Float32Array.of(0, -Infinity)))
 * const [first] = await Effect.runPromise(Stream.runCollect(LogitStream.monitor(sure, [sure, LogitStream.uniform(2)])))
 * deepEqual(first?.terms.map((term) => term?.klDivergence), [0, Math.LN2])
 * ```
 */
export const monitor: {
  <E2, R2>(
    terms: ReadonlyArray<LogitStream<E2, R2>>
  ): <E, R>(self: LogitStream<E, R>) => Stream.Stream<Monitored, E | E2 | LogitStreamError, R | R2>
  <E, R, E2, R2>(
    self: LogitStream<E, R>,
    terms: ReadonlyArray<LogitStream<E2, R2>>
  ): Stream.Stream<Monitored, E | E2 | LogitStreamError, R | R2>
} = dual(2, (self: LogitStream<unknown, unknown>, terms: ReadonlyArray<LogitStream<unknown, unknown>>) =>
  liftAll("monitor", ([row, ...others]): Monitored | RowProblem => {
    const law = row!._tag === "Pending" ? new RowProblem("nothing") : toLogProbs(row!)
    return law instanceof RowProblem ? law : monitorRows(law, others)
  })([self, ...terms])
)

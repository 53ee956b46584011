import { dual } from "effect/Function"
import * as Stream from "effect/Stream"
import { type Factor, scale as scaleRow, sum as sumRows } from "../logits/arithmetic.ts"
import { indicator as indicatorOf } from "../logits/indicator.ts"
import { type LogProbs, type Row, RowProblem } from "../logits/row.ts"
import { selfDebias as selfDebiasRows } from "../logits/self_debias.ts"
import { mask as maskRow, type Truncation } from "../logits/truncation.ts"
import { intersection as intersectRows, union as uniteRows } from "../logits/union.ts"
import * as Weighted from "../logits/weighted_row.ts"
import { type LogitStream, type LogitStreamError, lift1, liftAll } from "./lift.ts"

/** A model's rows as a term: log-softmax, weight 1. */
export const fromLogits = <E, R>(rows: Stream.Stream<Row, E, R>): LogitStream<E | LogitStreamError, R> =>
  leaf("fromLogits", rows, Weighted.fromLogits)

/** Raw scores as a term of weight 0. */
export const scores = <E, R>(rows: Stream.Stream<Row, E, R>): LogitStream<E | LogitStreamError, R> =>
  leaf("scores", rows, Weighted.fromScores)

const leaf = <E, R>(
  operator: string,
  rows: Stream.Stream<Row, E, R>,
  f: (row: Row) => Weighted.Weighted | RowProblem
): LogitStream<E | LogitStreamError, R> =>
  lift1(operator, (row) => (row._tag === "Pending" ? row : f(row.scores)))(
    Stream.map(rows, (row) => Weighted.make(row, 0))
  )

/** The uniform distribution over `size` tokens, for ever. */
export const uniform = (size: number): LogitStream => Stream.forever(Stream.succeed(Weighted.uniform(size)))

interface Binary {
  <E2, R2>(that: LogitStream<E2, R2>): <E, R>(self: LogitStream<E, R>) => LogitStream<E | E2 | LogitStreamError, R | R2>
  <E, R, E2, R2>(self: LogitStream<E, R>, that: LogitStream<E2, R2>): LogitStream<E | E2 | LogitStreamError, R | R2>
}

type Rows = (rows: ReadonlyArray<Weighted.Weighted>) => Weighted.Weighted | RowProblem

const lift2 = (operator: string, f: Rows): Binary =>
  dual(2, (self: LogitStream<unknown, unknown>, that: LogitStream<unknown, unknown>) =>
    liftAll(operator, f)([self, that])
  )

/** Sum of scores and of weights. */
export const add: Binary = lift2("add", (rows) => sumRows(rows.map((row) => ({ factor: 1, row }))))

/** `self` minus `that`, scores and weights. */
export const subtract: Binary = lift2("subtract", (rows) =>
  sumRows(rows.map((row, i) => ({ factor: i === 0 ? 1 : -1, row })))
)

/** Token by token the larger score, with that side's weight. */
export const union: Binary = lift2("union", uniteRows)

/** Token by token the smaller score, with that side's weight. */
export const intersection: Binary = lift2("intersection", intersectRows)

/** `that`, for which `self` stands in while it is pending. */
export const supersede: Binary = lift2("supersede", ([draft, target]) =>
  target!._tag === "Pending" ? draft! : target!
)

/** Lowers what `against` finds likelier than `self`. */
export const selfDebias = <E, R, E2, R2>(self: LogitStream<E, R>, against: LogitStream<E2, R2>, strength: number) =>
  lift2("selfDebias", ([a, b]) => selfDebiasRows(a!, b!, strength))(self, against)

/** A term times a number, token weights, or a schedule of the place in the stream. */
export const scale: {
  (by: Factor | ((position: number) => Factor)): <E, R>(self: LogitStream<E, R>) => LogitStream<E | LogitStreamError, R>
  <E, R>(self: LogitStream<E, R>, by: Factor | ((position: number) => Factor)): LogitStream<E | LogitStreamError, R>
} = dual(2, <E, R>(self: LogitStream<E, R>, by: Factor | ((position: number) => Factor)) =>
  lift1("scale", (row, position) => scaleRow(row, typeof by === "function" ? by(position) : by))(self)
)

/** `self` where the score of `of` is >= 0, else 0: scores and weights. */
export const indicator = <E, R, E2, R2>(of: LogitStream<E, R>, self: LogitStream<E2, R2>) =>
  lift2("indicator", ([condition, row]) => {
    const factor = indicatorOf(condition!)
    return factor instanceof Float64Array ? scaleRow(row!, factor) : Weighted.pending
  })(of, self)

/** The law of each row, as a term of weight 1. */
export const normalize = lift1("normalize", (row) => {
  if (row._tag === "Pending") return row
  const law = Weighted.toLogProbs(row)
  return law instanceof RowProblem ? law : Weighted.make(law, 1)
})

/** The truncated law of each row, renormalized, times its weight. */
export const mask: {
  (rules: Truncation): <E, R>(self: LogitStream<E, R>) => LogitStream<E | LogitStreamError, R>
  <E, R>(self: LogitStream<E, R>, rules: Truncation): LogitStream<E | LogitStreamError, R>
} = dual(2, <E, R>(self: LogitStream<E, R>, rules: Truncation) => lift1("mask", (row) => maskRow(row, rules))(self))

/** Scores through a function of yours, the weight unchanged. */
export const map = <E, R>(self: LogitStream<E, R>, f: (scores: Float64Array) => Float64Array) =>
  lift1("map", (row) => Weighted.mapScores(row, f))(self)

/** The law of each row as log-probabilities `[V]`: the end of a pipeline, where no row may be pending. */
export const logProbs = <E, R>(self: LogitStream<E, R>): Stream.Stream<LogProbs, E | LogitStreamError, R> =>
  Stream.map(
    lift1("logProbs", (row) => (row._tag === "Pending" ? new RowProblem("nothing") : row))(normalize(self)),
    (row) => Float32Array.from((row as Weighted.WeightedRow).scores)
  )

import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { LogitStream, Logits } from "polylogit"
import { expectRow, expectWeighted, none, weighted } from "../support/rows.ts"
import { collect } from "../support/terms.ts"

const { pending } = Logits.Weighted
const rows = (...all: ReadonlyArray<Logits.Weighted.Weighted>) => Stream.fromIterable(all)
const one = weighted([0, 1], 1)
const failure = <A, E>(stream: Stream.Stream<A, E>) => Effect.runPromise(Effect.flip(Stream.runCollect(stream)))

test("streams of different length end with the shortest", async () => {
  expect((await collect(LogitStream.add(rows(one, one, one), rows(one, one)))).length).toBe(2)
  expect((await collect(LogitStream.add(LogitStream.uniform(2), rows(one)))).length).toBe(1)
})

test("data-last: the piped stream is the left side", async () => {
  const minus = rows(weighted([5, 5], 3)).pipe(LogitStream.subtract(rows(one)))
  expectWeighted((await collect(minus))[0]!, weighted([5, 4], 2))
  const drafted = rows(one).pipe(LogitStream.supersede(rows(pending)))
  expectWeighted((await collect(drafted))[0]!, one)
})

test("a schedule goes by the place in the stream", async () => {
  const scaled = await collect(LogitStream.scale(rows(one, one, one), (position) => position))
  scaled.forEach((row, i) => void expectWeighted(row, weighted([0, i], i)))
})

test("pending rows pass through each on its own", async () => {
  const mixed = rows(pending, one, pending)
  const tags = async (stream: LogitStream.LogitStream<LogitStream.LogitStreamError>) =>
    (await collect(stream)).map((row) => row._tag === "Pending")
  for (const of of [
    LogitStream.normalize(mixed),
    LogitStream.mask(mixed, { topK: 1 }),
    LogitStream.map(mixed, (x) => x),
    LogitStream.scale(mixed, 2)
  ]) {
    expect(await tags(of)).toEqual([true, false, true])
  }
  expect(await tags(LogitStream.add(mixed, rows(one, one, pending)))).toEqual([false, false, true])
  expect(await tags(LogitStream.indicator(mixed, rows(one, one, one)))).toEqual([true, false, true])
  expect(await tags(LogitStream.indicator(rows(one, one, one), mixed))).toEqual([true, false, true])
})

test("the law at the end of a pipeline", async () => {
  const [law] = await collect(LogitStream.logProbs(rows(weighted([0, 2 * Math.log(3)], 2))))
  expectRow(law!, Float32Array.of(Math.log(0.25), Math.log(0.75)), 0)
  expect(law).toBeInstanceOf(Float32Array)
})

test("what has no value names its operator", async () => {
  const told = async (stream: LogitStream.LogitStream<LogitStream.LogitStreamError>) => {
    const error = await failure(stream)
    expect(error._tag).toBe("LogitStreamError")
    return [error.operator, error.message]
  }
  const holed = rows(weighted([0, none], 1))
  expect(await told(LogitStream.subtract(rows(one), holed))).toEqual([
    "subtract",
    "Cannot compute subtract: a negative coefficient meets token 1, which is impossible there (-Infinity)"
  ])
  expect(await told(LogitStream.normalize(LogitStream.subtract(rows(one), rows(one))))).toEqual([
    "normalize",
    "Cannot compute normalize: the total weight is 0 for token 0"
  ])
  expect(await told(LogitStream.union(rows(one), rows(weighted([0], 1))))).toEqual([
    "union",
    "Cannot compute union: two rows have different lengths"
  ])
  expect((await told(LogitStream.fromLogits(Stream.make(Float32Array.of(Number.NaN)))))[0]).toBe("fromLogits")
  expect((await told(LogitStream.scores(Stream.make(Float32Array.of(Number.NaN)))))[0]).toBe("scores")
  expect((await told(LogitStream.map(rows(one), () => Float64Array.of(Number.NaN, 0))))[0]).toBe("map")
})

test("no row may be pending at the end", async () => {
  expect((await failure(LogitStream.logProbs(rows(pending)))).operator).toBe("logProbs")
})

test("no streams together are an empty stream", async () => {
  expect(await collect(LogitStream.liftAll("none", () => pending)([]))).toEqual([])
})

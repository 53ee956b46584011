import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Formula, LanguageModel } from "polylogit"
import { countedModel } from "../support/counted_model.ts"
import { expectRow, expectWeighted, none, weighted } from "../support/rows.ts"
import { collect } from "../support/terms.ts"

const context = (prompt: ReadonlyArray<number>, ...completion: ReadonlyArray<number>) => ({ prompt, completion })
const failure = <A, E>(stream: Stream.Stream<A, E>) => Effect.runPromise(Effect.flip(Stream.runCollect(stream)))

const half = Math.log(0.5)
const model = LanguageModel.table([
  [0, 0],
  [0, none]
])

test("a weighted row for each context, scores as Theorem 1 has them", async () => {
  const formula = Formula.add(Formula.scale(Formula.model(model), 2), Formula.uniform())
  const rows = await collect(Formula.weighted(formula)(Stream.make(context([0]), context([0], 1))))
  expectWeighted(rows[0]!, weighted([3 * half, 3 * half], 3), 1e-12)
  expectWeighted(rows[1]!, weighted([half, none], 3), 1e-12)
})

test("the law of each context, as float32", async () => {
  const [law, other] = await collect(Formula.logits(Formula.model(model))(Stream.make(context([0]), context([1]))))
  expectRow(law!, Float32Array.of(half, half), 0)
  expectRow(other!, [0, none], 0)
  expect(law).toBeInstanceOf(Float32Array)
})

test("normalize none leaves the scores undivided", async () => {
  const formula = Formula.scale(Formula.row([0, Math.log(3)], { name: "r" }), 2)
  const law = async (options: Formula.PrepareOptions) =>
    (await collect(Formula.logits(formula, options)(Stream.make(context([0])))))[0]!
  expectRow(await law({}), [Math.log(0.25), Math.log(0.75)], 1e-7)
  expectRow(await law({ normalize: "none" }), [Math.log(0.1), Math.log(0.9)], 1e-7)
})

test("a negative coefficient that meets an impossible token names the sub-formula and the token", async () => {
  const formula = Formula.normalize(Formula.subtract(Formula.scale(Formula.uniform(), 2), Formula.model(model)))
  const error = await failure(Formula.weighted(formula)(Stream.make(context([0]), context([1]))))
  expect(error).toMatchObject({
    _tag: "EvaluationError",
    part: "2 * uniform() - model(<table>)",
    message:
      "Cannot evaluate 2 * uniform() - model(<table>): a negative coefficient meets token 1, which is impossible there (-Infinity)"
  })
})

test("a row without a possible token, or with NaN, names its leaf, or the whole where constants cancel", async () => {
  const bad = (row: ReadonlyArray<number>) => Formula.model(LanguageModel.fromFunction(2, () => row, { name: "bad" }))
  const at = Stream.make(context([0]))
  expect((await failure(Formula.weighted(bad([none, none]))(at))).message).toBe(
    "Cannot evaluate model(<bad>): every token is impossible"
  )
  expect((await failure(Formula.weighted(bad([0, Number.NaN]))(at))).message).toBe(
    "Cannot evaluate model(<bad>): the score of token 1 is not a number"
  )
  expect((await failure(Formula.logits(bad([0, Number.NaN]))(at))).message).toBe(
    "Cannot normalize model(<bad>): the score of token 1 is not a number"
  )
  expect((await failure(Formula.weighted(bad([0, 1, 2]))(at))).message).toBe(
    "Cannot evaluate model(<bad>): two rows have different lengths"
  )
})

test("a function that gives no scores is found out where it stands", async () => {
  const broken = Formula.map(Formula.uniform(), "broken", () => Float64Array.of(0, Number.NaN))
  const formula = Formula.union(Formula.model(model), broken)
  expect((await failure(Formula.weighted(formula)(Stream.make(context([0]))))).message).toBe(
    "Cannot evaluate map(uniform(), <broken>): the score of token 1 is not a number"
  )
})

test("token weights of another length", async () => {
  const formula = Formula.scale(Formula.model(model), Formula.tokenWeights([1, 2, 3]))
  expect((await failure(Formula.weighted(formula)(Stream.make(context([0]))))).message).toBe(
    "Cannot evaluate weights([1, 2, 3]) * model(<table>): two rows have different lengths"
  )
})

test("contexts are asked for one at a time, as they come", async () => {
  const { model: counted, runs } = countedModel()
  const contexts = Stream.make(context([0]), context([1]), context([2]))
  await collect(Stream.take(Formula.logits(Formula.model(counted))(contexts), 2))
  expect(runs.map(([request]) => request!.context)).toEqual([[0], [1]])
})

test("a user's stream has the row of its context also after a rewind, and keeps no state between contexts", async () => {
  let opened = 0
  const own = Formula.stream("own", (contexts) =>
    Stream.mapAccum(
      contexts,
      () => opened++ * 0,
      (seen, { completion }) => [seen + 1, [Float32Array.of(seen, completion.length)]] as const
    )
  )
  const there = [context([0]), context([0], 1), context([0], 1, 1), context([0], 0), context([0])]
  const rows = await collect(
    Formula.weighted(Formula.scores(own), { normalize: "none", vocabularySize: 2 })(Stream.fromIterable(there))
  )
  rows.forEach((row, i) => void expectWeighted(row, weighted([0, there[i]!.completion.length], 0)))
  expect(opened).toBe(there.length)
})

test("a user's stream is asked for every position of a block", async () => {
  const own = Formula.stream(
    "own",
    Stream.map(({ completion }) => Float32Array.of(completion.length, 0))
  )
  const prepared = await Effect.runPromise(Formula.prepare(own, { vocabularySize: 2 }))
  const scores = await Effect.runPromise(prepared.rows(context([0], 1, 1), 1))
  expect(scores.map((row) => row._tag === "WeightedRow" && [...row.scores])).toEqual([
    [1, 0],
    [2, 0]
  ])
})

test("a user's stream that gives no row", async () => {
  const silent = Formula.add(
    Formula.uniform(),
    Formula.stream("silent", () => Stream.empty)
  )
  const error = await failure(Formula.weighted(silent, { vocabularySize: 2 })(Stream.make(context([0]))))
  expect(error).toMatchObject({
    _tag: "ModelError",
    message: "Cannot use the stream silent: it gave no row"
  })
})

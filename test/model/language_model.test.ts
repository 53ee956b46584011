import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { LanguageModel, Vocabulary } from "polylogit"
import { countedModel } from "../support/counted_model.ts"

const run = Effect.runPromise

test("concurrent fibers on one model end in one run, each with its own answer", async () => {
  const { model, row, runs } = countedModel()
  const answers = await run(
    Effect.all(
      [
        model.score([{ context: [1], from: 1 }]),
        model.score([
          { context: [2, 3], from: 1 },
          { context: [3], from: 1 }
        ]),
        model.score([{ context: [0, 1, 2], from: 3 }])
      ],
      { concurrency: "unbounded" }
    )
  )
  expect(runs.map((requests) => requests.map(({ context }) => context))).toEqual([[[1], [2, 3], [3], [0, 1, 2]]])
  expect(answers).toEqual([[[row([1])]], [[row([2]), row([2, 3])], [row([3])]], [[row([0, 1, 2])]]])
})

test("one after another they are runs of their own, and two models never share one", async () => {
  const [one, other] = [countedModel(), countedModel()]
  const ask = (of: typeof one) => of.model.score([{ context: [1], from: 1 }])
  await run(Effect.all([ask(one), ask(one)]))
  await run(Effect.all([ask(one), ask(other)], { concurrency: "unbounded" }))
  expect([one.runs.length, other.runs.length]).toEqual([3, 1])
})

test("a variant reaches the run", async () => {
  const { model, runs } = countedModel({ adapters: ["kind"] })
  expect(model.adapters).toEqual(["kind"])
  await run(model.score([{ context: [1], from: 1, variant: [["kind", 0.5]] }]))
  expect(runs[0]![0]!.variant).toEqual([["kind", 0.5]])
})

test("a variant of adapters that are not there, or of coefficients that are no numbers, is refused", async () => {
  const told = async (variant: LanguageModel.Variant, adapters?: ReadonlyArray<string>) => {
    const { model, runs } = countedModel(adapters === undefined ? {} : { adapters })
    const error = await run(Effect.flip(model.score([{ context: [1], from: 1, variant }])))
    expect([error._tag, runs]).toEqual(["ModelError", []])
    return error.message
  }
  expect(await told([["kind", 1]])).toBe("Cannot score with counted and the adapter kind: it has none")
  expect(
    await told(
      [
        ["rude", 1],
        ["kind", 1]
      ],
      ["rude", "stern"]
    )
  ).toBe("Cannot score with counted and the adapter kind: it has rude, stern")
  expect(
    await told(
      [
        ["kind", 3e38],
        ["kind", 1e38]
      ],
      ["kind"]
    )
  ).toContain("4e+38 times the adapter kind")
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1e39]) {
    expect(await told([["kind", bad]], ["kind"])).toBe(
      `Cannot score with counted and ${bad} times the adapter kind: coefficients are finite numbers`
    )
  }
})

test("a failing run fails every fiber in it", async () => {
  const broken = LanguageModel.make({
    name: "broken",
    vocabulary: Vocabulary.untokenized(2),
    contextLength: 4,
    run: () => Effect.fail(new LanguageModel.ModelError({ model: "broken", message: "no" }))
  })
  const ask = Effect.flip(broken.score([{ context: [0], from: 1 }]))
  const errors = await run(Effect.all([ask, ask], { concurrency: 2 }))
  expect(errors.map((error) => error.message)).toEqual(["no", "no"])
})

test("what lies out of range is refused before it reaches the run", async () => {
  const { model, runs } = countedModel({ contextLength: 3 })
  const told = async (context: ReadonlyArray<number>, from = context.length) =>
    (
      await run(
        Effect.flip(
          model.score([
            { context: [1], from: 1 },
            { context, from }
          ])
        )
      )
    ).message
  for (const bad of [-1, 4, 1.5, Number.NaN]) {
    expect(await told([0, bad])).toBe(`Cannot score token ${bad} with counted: its ids are whole numbers from 0 to 3`)
  }
  expect(await told([0, 0, 0, 0])).toBe("Cannot score 4 tokens with counted: its context window holds 3")
  expect(await told([])).toBe("Cannot score an empty context with counted: it needs one token at least")
  for (const from of [0, -1, 3, 1.5]) {
    expect(await told([0, 1], from)).toBe(
      `Cannot score from ${from} in a context of 2 tokens: "from" lies between 1 and the length`
    )
  }
  expect(runs).toEqual([])
  await run(model.score([{ context: [3, 0, 3], from: 3 }]))
  expect(runs.length).toBe(1)
})

test("models have weights of their own unless they say which", () => {
  const options = { name: "m", vocabulary: Vocabulary.untokenized(2), contextLength: 1, run: () => Effect.succeed([]) }
  expect(LanguageModel.make(options).weights).not.toBe(LanguageModel.make(options).weights)
  expect(LanguageModel.make({ ...options, weights: "w" }).weights).toBe("w")
})

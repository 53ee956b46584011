import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { Formula, LanguageModel, Vocabulary } from "polylogit"
import { brackets, countedModel, letters } from "../support/counted_model.ts"
import { expectWeighted } from "../support/rows.ts"
import { valueOf } from "../support/terms.ts"

const run = Effect.runPromise
const context = (prompt: LanguageModel.Prompt, completion: ReadonlyArray<number> = []) => ({ prompt, completion })

test("a model is asked once for each distinct term, in one call for all its terms", async () => {
  const { model, runs } = countedModel({ vocabulary: letters() })
  const term = (text: string) => Formula.prompt(text, { model })
  const formula = Formula.add(
    Formula.union(term("a"), Formula.scale(term("b"), 2)),
    Formula.selfDebias(term("a"), Formula.add(term("b"), Formula.model(model)), 2)
  )
  const prepared = await run(Formula.prepare(formula))
  expect(prepared.models).toBe(1)
  await run(prepared.rows(context("x", [99]), 0))
  expect(runs.map((requests) => requests.map(({ context, from }) => [String.fromCharCode(...context), from]))).toEqual([
    [
      ["<axc", 3],
      ["<bxc", 3],
      ["<xc", 2]
    ]
  ])
})

test("one call for each of two models; sequences at the same moment share it", async () => {
  const [one, other] = [countedModel(), countedModel()]
  const formula = Formula.subtract(Formula.scale(Formula.model(one.model), 2), Formula.model(other.model))
  const prepared = await run(Formula.prepare(formula))
  expect(prepared.models).toBe(2)
  await run(
    Effect.all([prepared.rows(context([1]), 0), prepared.rows(context([2], [3]), 1)], { concurrency: "unbounded" })
  )
  for (const { runs } of [one, other]) {
    expect(runs).toEqual([
      [
        { context: [1], from: 1 },
        { context: [2, 3], from: 2 }
      ]
    ])
  }
})

test("rows after each prefix of the completion, schedules at their positions", async () => {
  const { model, row } = countedModel()
  const formula = Formula.scale(Formula.model(model), Formula.linear(1, 3, 2))
  const prepared = await run(Formula.prepare(formula, { exact: true }))
  const rows = await run(prepared.rows(context([1], [2, 3]), 1))
  expect(rows.length).toBe(2)
  rows.forEach((weighted, i) => {
    const tokens = [1, 2, 3].slice(0, i + 2)
    expectWeighted(weighted, valueOf(Formula.scale(Formula.row(row(tokens)), i + 2)), 1e-12)
  })
})

test("named models come from Models, each asked for by its name", async () => {
  const [a, b] = [countedModel(), countedModel()]
  const formula = Formula.add(Formula.model(), Formula.prompt("", { model: "b" }))
  const layer = LanguageModel.layerOf({ a: a.model, b: b.model })
  const ask = Effect.flatMap(Formula.prepare(formula), (prepared) => prepared.rows(context([0]), 0))
  await run(Effect.provide(ask, layer))
  expect([a.runs.length, b.runs.length]).toEqual([1, 1])
  const missing = Effect.flip(Effect.provide(Formula.prepare(Formula.model("c")), layer))
  expect((await run(missing))._tag).toBe("ModelLoadError")
})

test("vocabularies must be the same", async () => {
  const [four, five] = [4, 5].map((size) => LanguageModel.uniform(Vocabulary.untokenized(size, { name: `v${size}` })))
  const error = await run(Effect.flip(Formula.prepare(Formula.add(Formula.model(four!), Formula.model(five!)))))
  expect(error.message).toBe(
    "Cannot combine v4 (4 tokens) and v5 (5 tokens) as one vocabulary: token ids mean different things"
  )
  const same = await run(Formula.prepare(Formula.add(Formula.model(four!), Formula.model(LanguageModel.uniform(4)))))
  expect(same.vocabulary.name).toBe("v4")
})

test("the vocabulary's size: the models', a row's, or given", async () => {
  const size = async (formula: Formula.Formula, options: Formula.PrepareOptions = {}) =>
    (await run(Formula.prepare(formula, options))).vocabulary.size
  expect(await size(Formula.row([0, 1, 2]))).toBe(3)
  expect(await size(Formula.uniform(), { vocabularySize: 7 })).toBe(7)
  const error = await run(Effect.flip(Formula.prepare(Formula.uniform())))
  expect(error.message).toBe(
    "Cannot tell the vocabulary size of a formula without models: give it as an option: uniform()"
  )
})

test("pending leaves are neither loaded nor asked", async () => {
  const { model, runs } = countedModel()
  const gone = Formula.model("nobody has it") as unknown as Formula.Formula
  const formula = Formula.add(Formula.model(model), gone)
  const pending: Formula.IsPending = (leaf) => Formula.equals(leaf, gone)
  const prepared = await run(Formula.prepare(formula, { pending }))
  expect(prepared.models).toBe(1)
  expect((await run(prepared.rows(context([1]), 0)))[0]).toMatchObject({ weight: 1 })
  expect(runs.length).toBe(1)
  const error = await run(Effect.flip(Formula.prepare(formula, { pending: () => true })))
  expect(error.message).toStartWith("Cannot evaluate a formula all of whose terms are pending: model(<counted>) + ")
})

test("a formula that is refused is not prepared", async () => {
  const { model } = countedModel()
  const formula = Formula.subtract(Formula.model(model), Formula.prompt("", { model }))
  expect((await run(Effect.flip(Formula.prepare(formula))))._tag).toBe("FormulaError")
  expect((await run(Formula.prepare(formula, { normalize: "none" }))).normalize).toBe("none")
})

test("room: what the smallest window leaves behind the longest prompt", async () => {
  const { model } = countedModel({ vocabulary: letters({ template: brackets }), contextLength: 60 })
  const short = countedModel({ vocabulary: letters({ template: brackets }), contextLength: 5, name: "short" })
  const room = async (formula: Formula.Formula, prompt: string) =>
    run(Effect.flatMap(Formula.prepare(formula), (prepared) => Effect.result(prepared.room(prompt))))
  const both = Formula.add(Formula.model(short.model), Formula.prompt("own", { model }))
  expect(await room(both, "abc")).toMatchObject({ success: 2 })
  expect(await room(Formula.prompt("own", { model }), "abc")).toMatchObject({ success: 60 - 33 + 1 })
  expect(await room(both, "abcd")).toMatchObject({ success: 1 })
  expect(await room(both, "abcde")).toMatchObject({
    failure: {
      _tag: "PromptError",
      message: "Cannot continue a prompt of 6 tokens with short: its context window holds 5"
    }
  })
  expect(await room(Formula.row([0, 1]), "abc")).toMatchObject({ success: Number.MAX_SAFE_INTEGER })
})

test("a model that gives too few rows is found out: it is not pending", async () => {
  const { model } = countedModel()
  const silent: LanguageModel.LanguageModel = {
    ...model,
    name: "silent",
    weights: "silent",
    score: () => Effect.succeed([[]])
  }
  const formula = Formula.add(Formula.model(model), Formula.model(silent))
  const rows = Effect.flatMap(Formula.prepare(formula), (prepared) => prepared.rows(context([1]), 0))
  expect((await run(Effect.flip(rows))).message).toBe("Cannot use the answer of silent: 0 rows for 1")
})

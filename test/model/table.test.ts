import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { LanguageModel, Vocabulary } from "polylogit"
import { languageModelLaws } from "../support/language_model_laws.ts"

const rows = [
  [0, 1, 2, 3],
  [4, 3, 2, 1],
  [1, 1, Number.NEGATIVE_INFINITY, 1],
  [0.5, -0.5, 0, 9]
]
const table = LanguageModel.table(rows)
const positional = LanguageModel.fromFunction(3, (context) => [context.length, context[0]!, context.at(-1)!], {
  contextLength: 9
})

languageModelLaws("a table", () => Effect.succeed(table), { tolerance: 0 })
languageModelLaws("a function of the context", () => Effect.succeed(positional), { tolerance: 0 })
languageModelLaws("uniform", () => Effect.succeed(LanguageModel.uniform(3)), { tolerance: 0 })

const score = (model: LanguageModel.LanguageModel, context: ReadonlyArray<number>, from: number) =>
  Effect.runPromise(model.score([{ context, from }]))

test("a table's row is that of the last token", async () => {
  expect(await score(table, [0, 3, 2], 2)).toEqual([[Float32Array.from(rows[3]!), Float32Array.from(rows[2]!)]])
  expect(table.vocabulary.size).toBe(4)
  expect([table.name, LanguageModel.table(rows, { name: "t" }).name]).toEqual(["table", "t"])
})

test("a function sees the context up to the row, and nothing behind", async () => {
  expect(await score(positional, [2, 1, 0], 1)).toEqual([
    [Float32Array.of(1, 2, 2), Float32Array.of(2, 2, 1), Float32Array.of(3, 2, 0)]
  ])
  expect([positional.name, positional.contextLength]).toEqual(["function", 9])
})

test("uniform: every token alike", async () => {
  const quarter = Math.fround(-Math.log(4))
  expect(await score(LanguageModel.uniform(4), [1], 1)).toEqual([[Float32Array.of(quarter, quarter, quarter, quarter)]])
  const vocabulary = Vocabulary.untokenized(2, { name: "two" })
  expect(LanguageModel.uniform(vocabulary).vocabulary).toBe(vocabulary)
})

test("models by name; the first is the default", async () => {
  const [a, b] = [LanguageModel.uniform(2), LanguageModel.uniform(3)]
  const get = (name: string | undefined, models: Record<string, LanguageModel.LanguageModel> = { a, b }) =>
    Effect.runPromise(
      LanguageModel.Models.use((service) =>
        Effect.match(service.get(name), { onFailure: (e) => e.message, onSuccess: (m) => m })
      ).pipe(Effect.provide(LanguageModel.layerOf(models)))
    )
  expect(await get("b")).toBe(b)
  expect(await get(undefined)).toBe(a)
  expect(await get("c")).toBe('Cannot find a model named "c": there are a, b')
  // what every object has is no model
  expect(await get("toString")).toBe('Cannot find a model named "toString": there are a, b')
})

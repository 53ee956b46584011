import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { embedded } from "../../src/embedded/list.ts"
import { layer, layerWith } from "../../src/embedded/models.ts"
import { prompts } from "../../src/embedded/prompts.ts"
import type { Formula } from "../../src/formula/formula.ts"
import { model, prompt } from "../../src/formula/leaves.ts"
import { add, union } from "../../src/formula/operators.ts"
import { events } from "../../src/generation/generate.ts"
import { Models } from "../../src/model/models.ts"
import { failure } from "../support/run.ts"

const get = (name: string | undefined) => Models.use((models) => models.get(name))
const shown = (formula: Formula<Models>, options = {}) =>
  Effect.runPromise(
    Stream.runCollect(events(formula, { maxTokens: 8, seed: 1, ...options })).pipe(Effect.provide(layer))
  )

test.each(embedded.map(({ name }) => [name]))("%s opens and writes", async (name) => {
  const all = await shown(model(name), { prompt: "Once upon a time" })
  expect(all.at(-1)).toMatchObject({ _tag: "Finished" })
})

test("they all speak of the same tokens, so that one formula can hold all of them", async () => {
  const [first, ...others] = embedded.map(({ name }) => model(name))
  const all = others.reduce((sum, next) => sum.pipe(add(union(next, first!))), first!)
  expect((await shown(all)).length).toBeGreaterThan(1)
})

test("a model is loaded once for a layer; tales is the default", async () => {
  const program = Effect.all([get(undefined), get("tales"), get("tales")])
  const [a, b, c] = await Effect.runPromise(Effect.provide(program, layer))
  expect(a).toBe(b)
  expect(b).toBe(c)
  const other = await Effect.runPromise(Effect.provide(get(undefined), layerWith({ model: "tales-uniform" })))
  expect(other.name).toBe("uniform")
})

test("a prompt is followed by the model's own empty line", async () => {
  const { vocabulary } = await Effect.runPromise(Effect.provide(get("tales"), layer))
  const text = vocabulary.template!.render(
    [
      { role: "system", content: "A fairy tale." },
      { role: "user", content: "Once" }
    ],
    { addGenerationPrompt: true }
  )
  expect(text).toBe("<|endoftext|>A fairy tale.\n\nOnce")
})

test("prompts change what is written", async () => {
  const text = async (own: string) =>
    (await shown(prompt(own), { prompt: "The", temperature: 0 })).map((event) => event.text).join("")
  const texts = await Promise.all(prompts.map(([, [first]]) => text(first!)))
  expect(new Set(texts).size).toBeGreaterThan(prompts.length / 2)
})

test("tales-lookup goes on as the prompt went on before", async () => {
  const prompt = "The old ship sank at sea, and the captain with it. The old ship"
  const all = await shown(model("tales-lookup"), { prompt, maxTokens: 5 })
  expect(all.map((event) => event.text).join("")).toStartWith(" sank at sea")
})

test("an unknown name says which there are", async () => {
  const error = await failure(Effect.provide(get("talse"), layer))
  expect(error.message).toContain(
    "the embedded models are tales, tales-draft, tales-ngram, tales-uniform, tales-lookup, tales-sentiment-reward"
  )
})

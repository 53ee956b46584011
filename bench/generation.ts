import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { argmax } from "../src/logits/selection.ts"
import { Embedded, Formula, Generation, LanguageModel } from "../src/mod.ts"
import { bareLoop } from "./bare_loop.ts"
import { compare, table } from "./table.ts"

const folder = join(import.meta.dir, "../src/embedded/tales")
const maxTokens = 128

/** What generating costs over the bare loop, and what more terms and sequences cost over one. */
export const generation = async (): Promise<string> => {
  const runtime = ManagedRuntime.make(Embedded.layer)
  const { vocabulary } = await runtime.runPromise(LanguageModel.Models.use((models) => models.get(undefined)))
  const prompt = "Once upon a time"
  const tokens = vocabulary.tokenizer!.encode(`A fairy tale.\n\n${prompt}`, { special: true })
  const bare = await bareLoop(folder)
  const tale = Formula.prompt("A fairy tale.")
  const [ghost, science] = [Formula.prompt("A ghost story."), Formula.prompt("A textbook.")]
  const two = tale.pipe(Formula.subtract(Formula.scale(science, 0.4)))
  const three = two.pipe(Formula.add(ghost))
  const withUnion = tale.pipe(Formula.add(Formula.union(ghost, science)))
  const write =
    (formula: typeof tale, options: Generation.GenerationOptions = {}) =>
    async () => {
      const all = await runtime.runPromise(
        Stream.runCollect(Generation.events(formula, { prompt, maxTokens, seed: 1, ...options }))
      )
      return all.filter((event) => event._tag === "Token").length
    }
  const score = async () => {
    const model = await runtime.runPromise(LanguageModel.Models.use((models) => models.get(undefined)))
    const run = Effect.gen(function* () {
      let context = tokens
      for (let n = 0; n < maxTokens; n++) {
        const [rows] = yield* model.score([{ context, from: context.length }])
        const best = argmax(rows![0]!)
        context = [...context, best]
      }
      return maxTokens
    })
    return runtime.runPromise(run)
  }
  const timings = await compare([
    { name: "bare engine loop, this thread, greedy, no text", run: () => bare([tokens], maxTokens) },
    { name: "`LanguageModel.score` loop (cache, batching), greedy, no text", run: score },
    { name: "generate, 1 term", run: write(tale) },
    { name: "generate, 1 term, topP 0.9, temperature 0.8", run: write(tale, { topP: 0.9, temperature: 0.8 }) },
    { name: "generate, 2 terms", run: write(two) },
    { name: "generate, 3 terms, linear", run: write(three) },
    { name: "generate, 3 terms, with a union", run: write(withUnion) },
    { name: "generate, 1 term, 8 sequences (per token of all)", run: write(tale, { count: 8 }) }
  ])
  await runtime.dispose()
  const [loop, , one, , , linear, union] = timings.map(({ median }) => median)
  return table("Generation on the embedded model (tales, 4.0 M parameters, V = 4,096)", "token", timings, [
    `Generation over the bare loop: ${(one! / loop!).toFixed(2)}x (goal <= 1.25x). Three terms over one: ${(linear! / one!).toFixed(2)}x linear, ${(union! / one!).toFixed(2)}x with a union (goal <= 1.8x).`
  ])
}

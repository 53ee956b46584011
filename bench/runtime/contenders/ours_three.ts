import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { openModel } from "../../../src/backends/mod.ts"
import { Formula, Generation, LanguageModel } from "../../../src/mod.ts"
import { letters } from "../../engine/letters.ts"
import type { Load } from "../protocol.ts"
import { readWeights } from "../weights.ts"

/** `a - 0.4 b + c` of one model behind three prompts, as a user writes it. */
export const load: Load = async (folder, dtype, threads) => {
  const vocabulary = letters(readWeights(folder).sizes.vocab_size)
  const open = openModel(folder, { dtype, threads, vocabulary })
  const models = Effect.map(open, (model) => ({ get: () => Effect.succeed(model) }))
  const runtime = ManagedRuntime.make(Layer.effect(LanguageModel.Models, models))
  await runtime.runPromise(LanguageModel.Models)
  const [a, b, c] = ["A fairy tale.", "A textbook.", "A ghost story."].map((style) =>
    Formula.prompt(style, { template: "plain" })
  )
  const formula = a!.pipe(Formula.subtract(Formula.scale(b!, 0.4)), Formula.add(c!))
  return (prompt, count, token) =>
    runtime.runPromise(
      Stream.runForEach(Generation.events(formula, { prompt, maxTokens: count, temperature: 0, seed: 1 }), (event) =>
        Effect.sync(() => (event._tag === "Token" ? token(event.token) : undefined))
      )
    )
}

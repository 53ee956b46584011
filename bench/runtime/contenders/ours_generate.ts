import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { openModel } from "../../../src/backends/mod.ts"
import { Formula, Generation, LanguageModel } from "../../../src/mod.ts"
import type { Load } from "../protocol.ts"

/** What a user calls: `Generation.events` of one model, at temperature 0. */
export const load: Load = async (folder, dtype, threads) => {
  const options = { dtype, threads, quantizedCache: join(folder, "quantized"), cacheBytes: 2 ** 25 }
  const open = Effect.map(openModel(folder, options), (model) => ({ get: () => Effect.succeed(model) }))
  const runtime = ManagedRuntime.make(Layer.effect(LanguageModel.Models, open))
  await runtime.runPromise(LanguageModel.Models)
  return (prompt, count, token) =>
    runtime.runPromise(
      Stream.runForEach(
        Generation.events(Formula.model(), { prompt, maxTokens: count, temperature: 0, seed: 1 }),
        (event) => Effect.sync(() => (event._tag === "Token" ? token(event.token) : undefined))
      )
    )
}

import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { openModel } from "../../../src/backends/mod.ts"
import { argmax } from "../../../src/logits/selection.ts"
import type { Load } from "../protocol.ts"

/** Our models: `openModel`, then one `score` a token and the largest of its row. */
export const load: Load = async (folder, dtype, threads) => {
  const options = { dtype, threads, quantizedCache: join(folder, "quantized"), cacheBytes: 2 ** 25 }
  const model = await Effect.runPromise(Scope.provide(openModel(folder, options), Scope.makeUnsafe()))
  return (prompt, count, token) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let context = prompt
        for (let n = 0; n < count; n++) {
          const [rows] = yield* model.score([{ context, from: context.length }])
          const best = argmax(rows![0]!)
          token(best)
          context = [...context, best]
        }
      })
    )
}

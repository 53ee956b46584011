import { join } from "node:path"
import * as Effect from "effect/Effect"
import { fromCheckpoint, fromExported } from "../../../src/backends/onnxruntime/load_model.ts"
import { fromFunction, table, uniform } from "../../../src/model/table.ts"
import { languageModelLaws } from "../../support/language_model_laws.ts"
import { exportLlama } from "./export_llama.ts"
import { decoders, tales } from "./golden.ts"

const llama = join(decoders, "llama")
const form = { past: true, positions: true, keep: false }

languageModelLaws(
  "a table",
  () =>
    Effect.succeed(
      table([
        [0, 1, 2],
        [3, 4, -Infinity],
        [5, 6, 7]
      ])
    ),
  { tolerance: 0 }
)
languageModelLaws("uniform", () => Effect.succeed(uniform(5)), { tolerance: 0 })
languageModelLaws("a function", () => Effect.succeed(fromFunction(4, (c) => [c.length, c[0]!, c.at(-1)!, 0])), {
  tolerance: 0
})
languageModelLaws("a checkpoint", () => fromCheckpoint(llama), { tolerance: 1e-5 })
for (const engine of ["c-api", "binding"] as const) {
  languageModelLaws(`a checkpoint by ${engine}`, () => fromCheckpoint(llama, { engine }), { tolerance: 1e-5 })
  languageModelLaws(`the tales by ${engine}`, () => fromCheckpoint(tales, { engine }), { tolerance: 2e-4, numRuns: 5 })
}
languageModelLaws("a checkpoint in a worker", () => fromCheckpoint(llama, { thread: "worker" }), { tolerance: 1e-5 })
languageModelLaws("a checkpoint on this thread", () => fromCheckpoint(llama, { thread: "main", runLength: 5 }), {
  tolerance: 1e-5
})
languageModelLaws("an exported graph in a worker", () => fromExported(exportLlama(form), { thread: "worker" }), {
  tolerance: 1e-5
})
languageModelLaws("a checkpoint without a cache", () => fromCheckpoint(llama, { cacheBytes: 0 }), { tolerance: 1e-5 })
languageModelLaws(
  "a checkpoint in small runs",
  () => fromCheckpoint(llama, { slots: [2], blockLength: 3, cacheBytes: 99_999 }),
  { tolerance: 1e-5 }
)
languageModelLaws("the tales", () => fromCheckpoint(tales), { tolerance: 2e-4, numRuns: 5 })
languageModelLaws("an exported graph", () => fromExported(exportLlama(form)), { tolerance: 1e-5 })
languageModelLaws("an exported graph without a past", () => fromExported(exportLlama({ ...form, past: false })), {
  tolerance: 1e-5
})
languageModelLaws("an export of the tales", () => fromExported(exportLlama(form, "model.onnx", tales)), {
  tolerance: 2e-4,
  numRuns: 6
})

import { describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { fromCheckpoint, fromExported } from "../../../src/backends/onnxruntime/load_model.ts"
import { rowDistance } from "../../support/language_model_laws.ts"
import { exportLlama } from "./export_llama.ts"
import type { Export } from "./exported_graph.ts"
import { decoders, goldenCases, rowsOf, shared } from "./golden.ts"

const llama = join(decoders, "llama")

describe("an exported graph gives the rows of the checkpoint", () => {
  const forms: ReadonlyArray<readonly [string, Export]> = [
    ["with a past", { past: true, positions: true, keep: false }],
    ["with a past, without position_ids", { past: true, positions: false, keep: false }],
    ["with num_logits_to_keep", { past: true, positions: true, keep: true }],
    ["with int32 inputs", { past: true, positions: true, keep: true, integers: "int32" }],
    ["without a past", { past: false, positions: false, keep: false }]
  ]
  for (const [name, form] of forms) {
    test(name, async () => {
      const cases = await goldenCases(llama)
      const program = Effect.gen(function* () {
        const model = yield* fromExported(exportLlama(form), { blockLength: 7 })
        for (const { context, rows } of cases) {
          for (const from of [context.length, 1, Math.ceil(context.length / 2)]) {
            const given = yield* Effect.promise(() => rowsOf(model, context, from))
            expect(rowDistance(given, rows.slice(from - 1))).toBeLessThan(1e-5)
          }
        }
      })
      await Effect.runPromise(Effect.scoped(program))
    })
  }
})

test("an exported model is found as a file, in onnx/ and beside its config.json", async () => {
  const form = { past: true, positions: true, keep: false }
  const named = exportLlama(form, "model_fp32.onnx")
  const inOnnx = exportLlama(form)
  const windows = [named, join(named, "model_fp32.onnx"), inOnnx, join(inOnnx, "onnx/model.onnx")].map((path) =>
    Effect.scoped(Effect.map(fromExported(path), ({ contextLength }) => contextLength))
  )
  expect(await Effect.runPromise(Effect.all(windows))).toEqual([128, 128, 128, 128])
})

test("without config.json the window is an option, 2048 by default", async () => {
  const folder = exportLlama({ past: true, positions: true, keep: false })
  await Bun.file(join(folder, "config.json")).delete()
  const window = (options: { readonly contextLength?: number }) =>
    Effect.runPromise(Effect.scoped(Effect.map(fromExported(folder, options), ({ contextLength }) => contextLength)))
  expect([await window({}), await window({ contextLength: 9 })]).toEqual([2048, 9])
})

const stories = join(shared, "models/stories260k")
const present = existsSync(stories)
test.skipIf(!present)(
  present ? "stories260k: the graph and the checkpoint agree" : "stories260k: skipped, the shared folder is absent",
  async () => {
    const context = Array.from({ length: 60 }, (_, i) => (i * 97 + 1) % 512)
    const program = Effect.gen(function* () {
      const graph = yield* fromExported(join(stories, "model.onnx"))
      const checkpoint = yield* fromCheckpoint(stories)
      const both = [graph, checkpoint].map((model) => Effect.promise(() => rowsOf(model, context, 1)))
      const [a, b] = yield* Effect.all(both)
      expect(a!.length).toBe(60)
      expect(rowDistance(a!, b!)).toBeLessThan(2e-4)
      for (let n = 1; n <= 20; n++) {
        const steps = [graph, checkpoint].map((model) => Effect.promise(() => rowsOf(model, context.slice(0, n), n)))
        const [one, other] = yield* Effect.all(steps)
        expect(rowDistance(one!, a!.slice(n - 1, n))).toBeLessThan(2e-4)
        expect(rowDistance(other!, a!.slice(n - 1, n))).toBeLessThan(2e-4)
      }
    })
    await Effect.runPromise(Effect.scoped(program))
  }
)

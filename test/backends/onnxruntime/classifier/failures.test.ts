import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { openClassifier } from "../../../../src/backends/open_classifier.ts"
import { temporaryFolder } from "../temporary.ts"
import { casesOf, changed, configOf, folderOf } from "./golden.ts"

const weights = new Uint8Array(readFileSync(join(folderOf("bert"), "model.safetensors")))
const config = (fields: Record<string, unknown> = {}) => JSON.stringify({ ...configOf("bert"), ...fields })

describe("a folder that holds no classifier is refused", () => {
  const cases: ReadonlyArray<readonly [string, Record<string, string | Uint8Array>, string]> = [
    ["nothing", {}, "there is no config.json"],
    ["no weights", { "config.json": config() }, "there is neither onnx/model*.onnx nor model*.onnx"],
    ["no JSON", { "config.json": "{", "model.safetensors": weights }, "it is not JSON"],
    ["weights cut short", { "config.json": config(), "model.safetensors": weights.subarray(0, 9_000) }, "bytes"],
    ["a graph that is none", { "config.json": config(), "onnx/model.onnx": "no graph" }, "Cannot load"],
    [
      "a language model",
      { "config.json": config({ architectures: ["BertForMaskedLM"] }), "model.safetensors": weights },
      "Cannot build the architecture BertForMaskedLM as a classifier: it is none of BertForSequenceClassification"
    ],
    [
      "more layers than its configuration",
      { "config.json": config({ num_hidden_layers: 1 }), "model.safetensors": weights },
      "1 layers of config.json: it holds bert.encoder.layer.1"
    ],
    [
      "a regression",
      { "config.json": config({ problem_type: "regression" }), "model.safetensors": weights },
      "Cannot classify with a regression"
    ],
    [
      "a tokenizer that is none",
      { "config.json": config(), "model.safetensors": weights, "tokenizer.json": "[]" },
      "okenizer"
    ]
  ]
  for (const [name, files, expected] of cases) {
    test(name, async () => {
      for (const thread of ["main", "worker"] as const) {
        const opened = openClassifier(temporaryFolder(files), { thread })
        const error = await Effect.runPromise(Effect.flip(Effect.scoped(opened)))
        expect(error._tag).toBe("ModelLoadError")
        expect(error.message).toContain(expected)
        expect(error.message).toStartWith("Cannot ")
        expect(error.message).not.toContain("\n")
        expect(error.message).not.toMatch(/\bat .*\.ts:\d|onnxruntime_src/)
      }
    })
  }

  test("no folder", async () => {
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(openClassifier("/nowhere/at/all"))))
    expect(error.message).toBe("Cannot open /nowhere/at/all as a classifier: there is no such folder")
  })
})

test.each(["main", "worker"] as const)(
  "after the scope a classifier fails with a message, on the thread %p",
  async (thread) => {
    const classifier = await Effect.runPromise(Effect.scoped(openClassifier(folderOf("bert"), { thread })))
    const { message } = await Effect.runPromise(Effect.flip(classifier.classify([[2, 3]])))
    expect(message).toBe("Cannot classify a text with bert: the model was released")
  }
)

test.each(["main", "worker"] as const)(
  "an interrupted call is given up, and the next one is answered, on the thread %p",
  async (thread) => {
    const [{ logits, tokens }] = casesOf("bert") as [ReturnType<typeof casesOf>[number]]
    const program = Effect.gen(function* () {
      const classifier = yield* openClassifier(changed("bert", {}), { thread, runLength: 64 })
      const long = Array.from({ length: 400 }, () => Array.from({ length: 130 }, (_, i) => i))
      const whole = performance.now()
      yield* classifier.classify(long)
      const took = performance.now() - whole
      const fiber = yield* Effect.forkChild(classifier.classify(long))
      yield* Effect.sleep(5)
      const begin = performance.now()
      yield* Fiber.interrupt(fiber)
      const [row] = yield* classifier.classify([tokens])
      return { row: row!, took, waited: performance.now() - begin }
    })
    const { row, took, waited } = await Effect.runPromise(Effect.scoped(program))
    console.log(`interrupted: the next answer after ${waited.toFixed(0)} ms; the whole call takes ${took.toFixed(0)}`)
    expect(Math.abs(row[0]! - logits[0]!)).toBeLessThan(2e-5)
  }
)

import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { readAdapter } from "../../../../src/backends/onnxruntime/adapters.ts"
import { mapCheckpoint, readConfig } from "../../../../src/backends/onnxruntime/folder.ts"
import { fromCheckpoint, type LoadOptions } from "../../../../src/backends/onnxruntime/load_model.ts"
import type { Variant } from "../../../../src/model/language_model.ts"
import { blueprintOf } from "../../../../src/onnx/adapters/blueprint.ts"
import { merged } from "../../../../src/onnx/adapters/merged.ts"
import { decoderOf } from "../../../../src/onnx/families.ts"
import { toFloat32 } from "../../../../src/onnx/float32.ts"
import { floatTensors } from "../../../onnx/peft_files.ts"
import { rowDistance } from "../../../support/language_model_laws.ts"
import { temporaryFolder } from "../temporary.ts"
import { base, cases, folders, open, score, using } from "./golden.ts"

const checkpoint = mapCheckpoint(base)
const config = readFileSync(join(base, "config.json"), "utf8")

/** The base fine-tuned as an adapter says, its norms too where `norms` is another number than 1: a whole model. */
const wholeModel = (name: string, norms = 1): string => {
  const blueprint = blueprintOf(decoderOf(readConfig(base)), checkpoint.has)
  const tuned = merged(checkpoint, [readAdapter(name, folders[name]!, { has: checkpoint.has, blueprint })], [1])
  const tensors = tuned.names.map((tensor) => {
    const { shape } = tuned.stored(tensor)!
    const data = toFloat32(tensor, tuned.tensor(tensor, shape))
    return { name: tensor, shape, data: tensor.includes("norm") ? data.map((x) => norms * x) : data }
  })
  return temporaryFolder({ "config.json": config, "model.safetensors": floatTensors(tensors) })
}

const positive = wholeModel("positive")
const mixed = { ...folders, positive }

describe("a whole model among the adapters", () => {
  for (const options of [{ engine: "c-api" }, { engine: "binding" }, { mergedWeights: 1, thread: "worker" }] as const) {
    test(`gives the rows of PEFT, beside others in one call: ${JSON.stringify(options)}`, () =>
      using(open({ ...options, adapters: mixed }), async (model) => {
        for (let i = 0; i < 2; i++) {
          const all = await score(model, ...cases)
          all.forEach((rows, at) => void expect(rowDistance(rows, cases[at]!.rows)).toBeLessThan(2e-5))
        }
      }))
  }
  test("changes every tensor, the embedding and the norms too", async () => {
    const louder = wholeModel("positive", 1.25)
    const context = [3, 14, 15, 92]
    const whole = await using(open({ adapters: {} }), (model) => score(model, { context }))
    const tuned = await using(open({ adapters: { louder } }), (model) =>
      score(model, { context, variant: [["louder", 1]] })
    )
    const alone = await using(fromCheckpoint(louder), (model) => score(model, { context }))
    expect(rowDistance(tuned[0]!, alone[0]!)).toBeLessThan(2e-5)
    expect(rowDistance(tuned[0]!, whole[0]!)).toBeGreaterThan(0.1)
  })
  test("is taken as int8 and int4 too: as the same weights alone", async () => {
    const context = [3, 14, 15, 92]
    for (const dtype of ["int8", "int4"] as const) {
      const alone = await using(fromCheckpoint(positive, { dtype }), (model) => score(model, { context }))
      const tuned = await using(open({ dtype, adapters: mixed }), (model) =>
        score(model, { context, variant: [["positive", 1]] })
      )
      expect(rowDistance(tuned[0]!, alone[0]!)).toBeLessThan(1e-4)
    }
  })
  test("that there is no memory for fails the request, and not the next", () =>
    using(open({ adapters: mixed, memoryBytes: 1_200_000 }), async (model) => {
      const ask = (variant: Variant) => model.score([{ context: [1, 2], from: 2, variant }])
      expect((await Effect.runPromise(Effect.flip(ask([["positive", 1]])))).message).toBe(
        "Cannot score with base: there is no memory for merged weights beside those that are loaded"
      )
      expect((await Effect.runPromise(ask([["formal", 1]])))[0]!.length).toBe(1)
    }))
})

describe("what is no adapter is refused when the model is loaded", () => {
  const told = async (adapter: string, options: LoadOptions = {}) => {
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(open({ ...options, adapters: { made: adapter } }))))
    expect(error._tag).toBe("ModelLoadError")
    expect(error.message).not.toContain("\n")
    return error.message
  }
  const formal = folders.formal!
  const cases: ReadonlyArray<readonly [string, Record<string, string | Uint8Array>, string]> = [
    ["nothing", {}, "as the adapter made: there is neither adapter_config.json nor config.json"],
    ["no weights", { "adapter_config.json": "{}" }, "as the adapter made: there is no adapter_model.safetensors"],
    [
      "no JSON",
      { "adapter_config.json": "{", "adapter_model.safetensors": "" },
      "adapter_model.safetensors as safetensors: it holds 0 bytes"
    ],
    [
      "no JSON beside weights",
      {
        "adapter_config.json": "{",
        "adapter_model.safetensors": readFileSync(join(formal, "adapter_model.safetensors"))
      },
      "/adapter_config.json as a model's configuration: it is not JSON"
    ],
    [
      "a model without weights",
      { "config.json": config },
      "there is neither model.safetensors nor model.safetensors.index.json"
    ]
  ]
  for (const [name, files, message] of cases) {
    test(name, async () => expect(await told(temporaryFolder(files))).toContain(message))
  }
  test("no folder", async () =>
    expect(await told("/nowhere/at/all")).toContain("/nowhere/at/all as the adapter made: there is no such folder"))
  test("a whole model where no merged weights are kept", async () =>
    expect(await told(positive, { mergedWeights: 0 })).toContain("it is a whole model, and mergedWeights is 0"))
  test("adapters that do not fit into memory", async () =>
    expect(await told(formal, { memoryBytes: 388_000 })).toContain("into memory: its weights take"))
})

test("a model tells its adapters, and they are part of its weights", async () => {
  const seen = async (options: LoadOptions) =>
    using(open(options), async ({ adapters, weights }) => ({ adapters, weights }))
  const [all, none, one, renamed] = [
    await seen({}),
    await seen({ adapters: {} }),
    await seen({ adapters: { formal: folders.formal! } }),
    await seen({ adapters: { polite: folders.formal! } })
  ]
  expect(all.adapters).toEqual(Object.keys(folders))
  expect([none.adapters, one.adapters]).toEqual([[], ["formal"]])
  expect(new Set([all, none, one, renamed].map(({ weights }) => weights)).size).toBe(4)
})

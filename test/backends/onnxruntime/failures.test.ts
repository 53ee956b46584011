import { describe, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { fromCheckpoint, fromExported, type LoadOptions } from "../../../src/backends/onnxruntime/load_model.ts"
import { untokenized } from "../../../src/vocabulary/vocabulary.ts"
import { exportLlama } from "./export_llama.ts"
import { decoders, rowsOf, withCheckpoint } from "./golden.ts"
import { temporaryFolder } from "./temporary.ts"

const llama = join(decoders, "llama")
const weights = new Uint8Array(readFileSync(join(llama, "model.safetensors")))
const config = readFileSync(join(llama, "config.json"), "utf8")

const refusal = async (load: typeof fromCheckpoint, path: string, options?: LoadOptions) => {
  const error = await Effect.runPromise(Effect.flip(Effect.scoped(load(path, options))))
  expect(error._tag).toBe("ModelLoadError")
  expect(error.message).not.toContain("\n")
  expect(error.message).not.toMatch(/\bat .*\.ts:\d/)
  expect(error.message).not.toContain("onnxruntime_src")
  expect(error.message).toStartWith("Cannot ")
  return error.message
}

describe("a folder that holds no checkpoint is refused", () => {
  const cases: ReadonlyArray<readonly [string, Record<string, string | Uint8Array>, string]> = [
    ["nothing", {}, "there is no config.json"],
    ["no weights", { "config.json": config }, "there is neither model.safetensors nor model.safetensors.index.json"],
    ["no config", { "model.safetensors": weights }, "there is no config.json"],
    [
      "an empty config",
      { "config.json": "", "model.safetensors": weights },
      "config.json as a model's configuration: it is not JSON"
    ],
    ["empty weights", { "config.json": config, "model.safetensors": "" }, "holds 0 bytes"],
    [
      "weights cut short",
      { "config.json": config, "model.safetensors": weights.subarray(0, 100_000) },
      "of 97960 bytes"
    ],
    [
      "more layers than the configuration counts",
      {
        "config.json": config.replace('"num_hidden_layers": 2', '"num_hidden_layers": 1'),
        "model.safetensors": weights
      },
      "with the 1 layers of config.json: it holds model.layers.1."
    ],
    [
      "weights of another size",
      { "config.json": config.replace("96,", "97,"), "model.safetensors": weights },
      "that config.json asks for"
    ],
    [
      "another architecture",
      { "config.json": config.replace("LlamaFor", "MambaFor"), "model.safetensors": weights },
      "MambaForCausalLM"
    ],
    [
      "a shard that is missing",
      { "config.json": config, "model.safetensors.index.json": `{"weight_map":{"a":"b.safetensors"}}` },
      "there is no b.safetensors"
    ],
    [
      "an index that leads outside",
      { "config.json": config, "model.safetensors.index.json": `{"weight_map":{"a":"../b.safetensors"}}` },
      "not a safetensors file of the same folder"
    ]
  ]
  for (const [name, files, expected] of cases) {
    test(name, async () => expect(await refusal(fromCheckpoint, temporaryFolder(files))).toContain(expected))
  }
  test("no folder at all", async () =>
    expect(await refusal(fromCheckpoint, "/nowhere/at/all")).toContain(
      "/nowhere/at/all as a checkpoint: there is no such folder"
    ))
})

describe("what is no exported decoder is refused", () => {
  const graph = exportLlama({ past: true, positions: true, keep: false })
  const bytes = new Uint8Array(readFileSync(join(graph, "onnx/model.onnx")))
  const beside = Object.fromEntries(
    readdirSync(join(graph, "onnx"))
      .filter((name) => name !== "model.onnx")
      .map((name) => [name, new Uint8Array(readFileSync(join(graph, "onnx", name)))])
  )
  const cases: ReadonlyArray<readonly [string, Record<string, string | Uint8Array>, string]> = [
    ["nothing", {}, "there is neither onnx/model*.onnx nor model*.onnx"],
    ["an empty file", { "model.onnx": "" }, "model.onnx as an exported model: the file is empty"],
    ["a file cut short", { ...beside, "model.onnx": bytes.subarray(0, 3000) }, "as a model for onnxruntime"],
    ["another format", { "model.onnx": weights }, "as a model for onnxruntime"],
    ["weights that are not beside it", { "model.onnx": bytes }, "as a model for onnxruntime"]
  ]
  for (const [name, files, expected] of cases) {
    test(name, async () => expect(await refusal(fromExported, temporaryFolder(files))).toContain(expected))
  }
  test("no file", async () => expect(await refusal(fromExported, "/nowhere.onnx")).toContain("no such file or folder"))
  test("a graph with other inputs", async () => {
    const text = Buffer.from(bytes).toString("latin1").replaceAll("position_ids", "position_odd")
    const folder = temporaryFolder({ ...beside, "model.onnx": Buffer.from(text, "latin1") })
    expect(await refusal(fromExported, folder)).toContain("its input position_odd is none of input_ids, attention_mask")
  })
  test("a graph without logits", async () => {
    const text = Buffer.from(bytes).toString("latin1").replaceAll("logits", "scores")
    const folder = temporaryFolder({ ...beside, "model.onnx": Buffer.from(text, "latin1") })
    expect(await refusal(fromExported, folder)).toContain("it has no output logits, only")
  })
})

test("an exported graph takes no adapters", async () => {
  const graph = exportLlama({ past: true, positions: true, keep: false })
  expect(await refusal(fromExported, graph, { adapters: { formal: "a", rude: "b" } })).toContain(
    "with the adapters formal, rude: it is an exported graph, which is run as it is"
  )
})

describe("a vocabulary", () => {
  test("that is larger than the rows is refused", async () =>
    expect(await refusal(fromCheckpoint, llama, { vocabulary: untokenized(97) })).toContain(
      "of 97 tokens: its rows have 96"
    ))

  test("that is smaller cuts them", () =>
    withCheckpoint(
      llama,
      async (model) => {
        const rows = await rowsOf(model, [1, 2, 3], 2)
        expect(rows.map((row) => row.length)).toEqual([90, 90])
        expect(Effect.runPromise(model.score([{ context: [90], from: 1 }]))).rejects.toThrow("from 0 to 89")
        await withCheckpoint(llama, async (whole) => {
          const wide = await rowsOf(whole, [1, 2, 3], 2)
          expect(rows).toEqual(wide.map((row) => row.subarray(0, 90)))
        })
      },
      { vocabulary: untokenized(90) }
    ))
})

test("a mix of adapters is refused, and an empty one is not", () =>
  withCheckpoint(llama, async (model) => {
    const mixed = model.score([{ context: [1], from: 1, variant: [["formal", 1]] }])
    expect((await Effect.runPromise(Effect.flip(mixed))).message).toBe(
      "Cannot score with llama and the adapter formal: it has none"
    )
    expect((await Effect.runPromise(model.score([{ context: [1], from: 1, variant: [] }]))).length).toBe(1)
  }))

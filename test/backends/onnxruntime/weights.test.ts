import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { readSafetensors, type StoredTensor } from "../../../src/onnx/safetensors.ts"
import { safetensors } from "../../onnx/safetensors_file.ts"
import { rowDistance } from "../../support/language_model_laws.ts"
import { decoders, goldenCases, rowsOf, tales, talesCases, withCheckpoint } from "./golden.ts"
import { madeUpWeights, referenceRows, type Shape } from "./reference_llama.ts"
import { temporaryFolder } from "./temporary.ts"

interface Written {
  readonly type: string
  readonly shape: ReadonlyArray<number>
  readonly bytes: Uint8Array
}

const write = (tensors: ReadonlyMap<string, Written>): Uint8Array => {
  let at = 0
  const header: Record<string, unknown> = {}
  for (const [name, { bytes, shape, type }] of tensors) {
    header[name] = { dtype: type, shape, data_offsets: [at, at + bytes.byteLength] }
    at += bytes.byteLength
  }
  return safetensors(header, new Uint8Array(Buffer.concat([...tensors.values()].map(({ bytes }) => bytes))))
}
const rewrite = (folder: string, change: (bytes: Uint8Array, tensor: StoredTensor) => Written) => {
  const file = new Uint8Array(readFileSync(join(folder, "model.safetensors")))
  const tensors = readSafetensors("m", file)
  return new Map(
    Array.from(tensors, ([name, tensor]) => [
      name,
      change(file.slice(tensor.offset, tensor.offset + tensor.byteLength), tensor)
    ])
  )
}

const llama = join(decoders, "llama")

test("a checkpoint in shards gives the rows of Hugging Face", async () => {
  const tensors = [...rewrite(llama, (bytes, { shape, type }) => ({ bytes, shape, type }))]
  const shards = [0, 1, 2].map((part) => new Map(tensors.filter((_, i) => i % 3 === part)))
  const name = (part: number) => `model-0000${part + 1}-of-00003.safetensors`
  const index = { weight_map: Object.fromEntries(tensors.map(([key], i) => [key, name(i % 3)])) }
  const folder = temporaryFolder({
    "config.json": readFileSync(join(llama, "config.json"), "utf8"),
    "model.safetensors.index.json": JSON.stringify(index),
    ...Object.fromEntries(shards.map((shard, part) => [name(part), write(shard)]))
  })
  await withCheckpoint(folder, async (model) => {
    for (const { context, rows } of await goldenCases(llama)) {
      expect(rowDistance(await rowsOf(model, context, 1), rows)).toBeLessThan(1e-5)
    }
  })
})

test("bfloat16 weights give the rows of the same weights as float32, near those of float16", async () => {
  const config = readFileSync(join(tales, "config.json"), "utf8")
  const widen = (bytes: Uint8Array) => Float32Array.from(new Float16Array(bytes.slice().buffer))
  const upper = (numbers: Float32Array) =>
    Uint16Array.from(new Uint32Array(numbers.buffer), (bits) => (bits + 0x7fff + ((bits >> 16) & 1)) >> 16)
  const half = rewrite(tales, (bytes, { shape }) => {
    return { shape, type: "BF16", bytes: new Uint8Array(upper(widen(bytes)).buffer) }
  })
  const full = rewrite(tales, (bytes, { shape }) => {
    const cut = Uint32Array.from(upper(widen(bytes)), (bits) => bits << 16)
    return { shape, type: "F32", bytes: new Uint8Array(cut.buffer) }
  })
  const rows = (tensors: ReadonlyMap<string, Written>) =>
    withCheckpoint(temporaryFolder({ "config.json": config, "model.safetensors": write(tensors) }), async (model) => {
      const all: Array<Float32Array> = []
      for (const { context } of await talesCases()) all.push(...(await rowsOf(model, context, context.length)))
      return all
    })
  const [bfloat16, float32] = [await rows(half), await rows(full)]
  expect(rowDistance(bfloat16, float32)).toBeLessThan(1e-5)
  const distance = rowDistance(
    bfloat16,
    (await talesCases()).flatMap((one) => one.rows)
  )
  expect(distance).toBeLessThan(0.5)
  expect(distance).toBeGreaterThan(1e-3)
})

describe("a made-up Llama gives the rows that are computed plainly", () => {
  const plain: Shape = {
    vocabulary: 31,
    hidden: 24,
    inner: 20,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    headSize: 6,
    tied: false,
    attentionBias: false,
    mlpBias: false,
    rotation: 1,
    activate: (x) => x / (1 + Math.exp(-x))
  }
  const tanhGelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
  const cases: ReadonlyArray<readonly [string, Partial<Shape>, Record<string, unknown>]> = [
    ["with a head of its own", {}, {}],
    ["with tied embeddings", { tied: true }, { tie_word_embeddings: true }],
    ["with biases in the attention", { attentionBias: true }, { attention_bias: true }],
    ["with biases in the MLP", { mlpBias: true }, { mlp_bias: true }],
    ["with as many key-value heads as heads", { keyValueHeads: 4 }, { num_key_value_heads: undefined }],
    ["with a head size of its own", { headSize: 10 }, { head_dim: 10 }],
    ["with relu", { activate: (x) => Math.max(0, x) }, { hidden_act: "relu" }],
    ["with gelu as tanh gives it", { activate: tanhGelu }, { hidden_act: "gelu_pytorch_tanh" }],
    ["with linear scaling", { rotation: 0.25 }, { rope_scaling: { type: "linear", factor: 4 } }],
    ["with one layer and one head", { layers: 1, heads: 1, keyValueHeads: 1, headSize: 24 }, {}]
  ]
  for (const [name, changes, fields] of cases) {
    test(name, async () => {
      const shape = { ...plain, ...changes }
      const weights = madeUpWeights(shape)
      const config = {
        architectures: ["LlamaForCausalLM"],
        hidden_size: shape.hidden,
        intermediate_size: shape.inner,
        num_hidden_layers: shape.layers,
        num_attention_heads: shape.heads,
        num_key_value_heads: shape.keyValueHeads,
        max_position_embeddings: 40,
        vocab_size: shape.vocabulary,
        rms_norm_eps: 1e-5,
        ...fields
      }
      const tensors = Array.from(weights, ([key, { data, shape }]): [string, Written] => [
        key,
        { type: "F32", shape, bytes: new Uint8Array(data.buffer) }
      ])
      const files = { "config.json": JSON.stringify(config), "model.safetensors": write(new Map(tensors)) }
      const context = Array.from({ length: 20 }, (_, i) => (i * i * 7 + i) % shape.vocabulary)
      const expected = referenceRows(shape, weights, context)
      await withCheckpoint(temporaryFolder(files), async (model) => {
        expect(rowDistance(await rowsOf(model, context, 1), expected)).toBeLessThan(2e-5)
        expect(rowDistance(await rowsOf(model, context.slice(0, 9), 3), expected.slice(2, 9))).toBeLessThan(2e-5)
      })
    })
  }
})

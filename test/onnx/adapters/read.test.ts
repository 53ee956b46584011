import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Adapter } from "../../../src/onnx/adapters/adapter.ts"
import { blueprintOf } from "../../../src/onnx/adapters/blueprint.ts"
import { merged } from "../../../src/onnx/adapters/merged.ts"
import { parsePeftConfig } from "../../../src/onnx/adapters/peft_config.ts"
import { readFull } from "../../../src/onnx/adapters/read_full.ts"
import { readPeft } from "../../../src/onnx/adapters/read_peft.ts"
import { type Checkpoint, fromFiles } from "../../../src/onnx/checkpoint.ts"
import { CheckpointError } from "../../../src/onnx/checkpoint_error.ts"
import { parseConfig } from "../../../src/onnx/config.ts"
import { decoderOf } from "../../../src/onnx/families.ts"
import { toFloat32 } from "../../../src/onnx/float32.ts"
import { floatTensors, type Module, peftFiles, updateOf } from "../peft_files.ts"

const root = join(import.meta.dir, "../../golden/adapters")
const bytesOf = (...path: ReadonlyArray<string>) => new Uint8Array(readFileSync(join(root, ...path)))
const textOf = (...path: ReadonlyArray<string>) => readFileSync(join(root, ...path), "utf8")
const base = fromFiles(new Map([["model.safetensors", bytesOf("base/model.safetensors")]]))
const config = JSON.parse(textOf("base/config.json"))
const blueprint = (changes: object = {}, has = base.has) =>
  blueprintOf(decoderOf(parseConfig(JSON.stringify({ ...config, ...changes }))), has)
const query: Module = { name: "model.layers.0.self_attn.q_proj", inputs: 64, outputs: 64 }
const down: Module = { name: "model.layers.1.mlp.down_proj", inputs: 160, outputs: 64 }

const read = (modules: ReadonlyArray<Module>, settings: object = {}, of = blueprint()): Adapter => {
  const files = peftFiles(modules, 1, settings)
  const checkpoint = fromFiles(
    new Map([["made/adapter_model.safetensors", files["adapter_model.safetensors"] as Uint8Array]])
  )
  const text = files["adapter_config.json"] as string
  return readPeft({ name: "made", config: { file: "made/adapter_config.json", text }, checkpoint }, of)
}
const told = (make: () => unknown): string => {
  try {
    make()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CheckpointError)
    return (thrown as Error).message
  }
  throw new Error("nothing was refused")
}
const updatesOf = (adapter: Adapter) => (adapter.kind === "low-rank" ? adapter.updates : new Map())

test("the blueprint of a Llama has its matrices, and the embedding, which is the head too, is none", () => {
  const { matrices, tensors } = blueprint()
  expect(matrices.size).toBe(14)
  expect(matrices.get(`${down.name}.weight`)).toEqual({ inputs: 160, outputs: 64, transposed: false })
  expect(tensors.get("model.embed_tokens.weight")).toEqual([160, 64])
  expect(tensors.size).toBe(base.names.length)
})

describe("an adapter is read", () => {
  test("with the numbers of its tensors", () => {
    const updates = updatesOf(read([query, down]))
    expect([...updates.keys()]).toEqual([`${query.name}.weight`, `${down.name}.weight`])
    expect(updates.get(`${down.name}.weight`)).toEqual({
      ...updateOf(down, 101),
      ...{ rank: 4, scale: 2, inputs: 160, outputs: 64, transposed: false }
    })
  })
  test("for a base that is saved without the first word of all names, and the other way round", () => {
    const bare = blueprint({}, (name) => base.has(`model.${name}`))
    expect([...updatesOf(read([query], {}, bare)).keys()]).toEqual(["layers.0.self_attn.q_proj.weight"])
    const short = { ...query, name: "layers.0.self_attn.q_proj" }
    expect([...updatesOf(read([short])).keys()]).toEqual([`${query.name}.weight`])
  })
  test("as all golden ones are", () => {
    for (const [name, modules, rank, scale] of [
      ["positive", 8, 8, 2],
      ["formal", 8, 8, 16 / Math.sqrt(8)],
      ["complex", 14, 4, 4]
    ] as const) {
      const checkpoint = fromFiles(new Map([["a", bytesOf(name, "adapter_model.safetensors")]]))
      const adapter = readPeft(
        { name, config: { file: "c", text: textOf(name, "adapter_config.json") }, checkpoint },
        blueprint()
      )
      expect(updatesOf(adapter).size).toBe(modules)
      for (const one of updatesOf(adapter).values()) expect(one).toMatchObject({ rank, scale })
    }
  })
})

describe("rank and scale", () => {
  const sizes = (settings: object, module: string) =>
    parsePeftConfig(JSON.stringify({ r: 8, lora_alpha: 16, ...settings }), "c")(module)
  const cases: ReadonlyArray<readonly [object, string, number, number]> = [
    [{}, "a.q_proj", 8, 2],
    [{ use_rslora: true, r: 4 }, "a.q_proj", 4, 8],
    [{ rank_pattern: { q_proj: 2 } }, "a.b.q_proj", 2, 8],
    [{ rank_pattern: { q_proj: 2 } }, "q_proj", 2, 8],
    [{ rank_pattern: { q_proj: 2 } }, "a.my_q_proj", 8, 2],
    [{ rank_pattern: { "layers.1.q_proj": 2 }, alpha_pattern: { k_proj: 1 } }, "m.layers.1.q_proj", 2, 8],
    [{ rank_pattern: { "layers.1.q_proj": 2 }, alpha_pattern: { k_proj: 1 } }, "m.layers.0.q_proj", 8, 2],
    [{ alpha_pattern: { "[qk]_proj": 4, k_proj: 100 } }, "a.k_proj", 8, 0.5],
    [{ alpha_pattern: { "^m\\.0\\..*": 0.8 } }, "m.0.k_proj", 8, 0.1],
    [{ alpha_pattern: { q_proj: 3 }, rank_pattern: { q_proj: 16 }, use_rslora: true }, "q_proj", 16, 0.75]
  ]
  for (const [settings, module, rank, scale] of cases) {
    test(`${JSON.stringify(settings)} for ${module}`, () => expect(sizes(settings, module)).toEqual({ rank, scale }))
  }
})

describe("an adapter of another kind is refused", () => {
  const cases: ReadonlyArray<readonly [object, string]> = [
    [{ peft_type: "IA3" }, `Cannot build with peft_type of made/adapter_config.json as absent or "LORA": "IA3"`],
    [{ bias: "all" }, `bias of made/adapter_config.json as absent or "none": "all"`],
    [{ use_dora: true }, "use_dora of made/adapter_config.json as absent or false: true"],
    [{ lora_bias: true }, "lora_bias"],
    [{ use_qalora: true }, "use_qalora"],
    [{ modules_to_save: ["lm_head"] }, `modules_to_save of made/adapter_config.json as absent: ["lm_head"]`],
    [{ trainable_token_indices: [1] }, "trainable_token_indices"],
    [{ trainable_token_indices: { embed_tokens: [1] } }, "trainable_token_indices"],
    [{ target_parameters: ["experts.down_proj"] }, "target_parameters"],
    [{ layer_replication: [[0, 4]] }, "layer_replication"],
    [{ alora_invocation_tokens: [5] }, "alora_invocation_tokens"],
    [{ init_lora_weights: "pissa_niter_4" }, "init_lora_weights"],
    [
      { rank_pattern: { "(": 4 } },
      `Cannot read rank_pattern of made/adapter_config.json as patterns of module names: "("`
    ],
    [
      { rank_pattern: { q_proj: 0 } },
      "Cannot read rank_pattern.q_proj of made/adapter_config.json as a whole number above zero: 0"
    ],
    [{ r: undefined }, "Cannot read r of made/adapter_config.json"],
    [{ lora_alpha: "8" }, "Cannot read lora_alpha of made/adapter_config.json as a number"]
  ]
  for (const [settings, message] of cases) {
    test(JSON.stringify(settings), () => expect(told(() => read([query], settings))).toContain(message))
  }
  test("but not for lists that are empty, nor for what counts in training alone", () => {
    const settings = { modules_to_save: [], target_parameters: [], lora_dropout: 0.1, init_lora_weights: "gaussian" }
    expect(updatesOf(read([query], { ...settings, fan_in_fan_out: true })).size).toBe(1)
  })
})

describe("an adapter of another base is refused", () => {
  const start = "Cannot use made as an adapter of this base: "
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Module>, object, string]> = [
    [
      "a module that it has not",
      [{ ...query, name: "model.layers.2.self_attn.q_proj" }],
      {},
      "model.layers.2.self_attn.q_proj is no matrix of it"
    ],
    [
      "another kind of module",
      [{ ...query, name: "transformer.h.0.attn.c_attn" }],
      {},
      "transformer.h.0.attn.c_attn is no matrix of it"
    ],
    [
      "an embedding that is the head too",
      [{ ...query, name: "model.embed_tokens", outputs: 160 }],
      {},
      "model.embed_tokens is no matrix of it"
    ],
    ["a norm", [{ ...query, name: "model.norm" }], {}, "model.norm is no matrix of it"],
    [
      "another width",
      [{ ...query, inputs: 32 }],
      {},
      `base_model.model.${query.name}.lora_A.weight has the shape [4,32] where the base and adapter_config.json ask for [4,64]`
    ],
    [
      "another number of outputs",
      [{ ...query, outputs: 63 }],
      {},
      `base_model.model.${query.name}.lora_B.weight has the shape [63,4]`
    ],
    [
      "another rank than it says",
      [query],
      { r: 8 },
      "lora_A.weight has the shape [4,64] where the base and adapter_config.json ask for [8,64]"
    ],
    ["no tensor", [], {}, "it holds no tensor"]
  ]
  for (const [name, modules, settings, message] of cases) {
    test(name, () => {
      const refusal = told(() => read(modules, settings))
      expect(refusal).toStartWith(start)
      expect(refusal).toContain(message)
    })
  }
  const withTensors = (tensors: Parameters<typeof floatTensors>[0]) => {
    const checkpoint = fromFiles(new Map([["a", floatTensors(tensors)]]))
    return told(() =>
      readPeft({ name: "made", config: { file: "c", text: `{"r":4,"lora_alpha":1}` }, checkpoint }, blueprint())
    )
  }
  const a = { name: `base_model.model.${query.name}.lora_A.weight`, shape: [4, 64], data: new Float32Array(256) }
  test("half an update", () =>
    expect(withTensors([a])).toBe(`${start}there is no base_model.model.${query.name}.lora_B.weight`))
  test("a tensor that is no update", () =>
    expect(withTensors([{ ...a, name: "base_model.model.lm_head.weight" }])).toBe(
      `${start}its tensor base_model.model.lm_head.weight is no lora_A.weight and no lora_B.weight of a module`
    ))
  test("a number that is none", () => {
    const data = a.data.slice()
    data[9] = Number.NaN
    const b = { ...a, name: a.name.replace("_A", "_B"), shape: [64, 4] }
    expect(withTensors([{ ...a, data }, b])).toBe(`${start}${a.name} holds a number that is infinite or none`)
  })
})

describe("a whole model as an adapter", () => {
  const full = (checkpoint: Checkpoint, changes: object = {}) =>
    readFull({ name: "tuned", checkpoint, blueprint: blueprint(changes) }, blueprint())
  test("of the same kind is taken", () => expect(full(base).kind).toBe("full"))
  test("of another computation is refused", () =>
    expect(told(() => full(base, { rms_norm_eps: 1e-5 }))).toBe(
      "Cannot use tuned as fine-tuned weights of this base: its config.json asks for another computation"
    ))
  test("without a tensor, or with one of another shape, is refused", () => {
    const name = "model.layers.1.mlp.up_proj.weight"
    const without = { ...base, stored: (one: string) => (one === name ? undefined : base.stored(one)) }
    expect(told(() => full(without))).toContain(`there is no ${name}`)
    const other = {
      ...base,
      stored: (one: string) => (one === name ? base.stored("model.norm.weight") : base.stored(one))
    }
    expect(told(() => full(other))).toContain(`${name} has the shape [64] where the base has [160,64]`)
  })
})

describe("merged weights", () => {
  const numbers = (checkpoint: Checkpoint, name: string, shape: ReadonlyArray<number>) =>
    toFloat32(name, checkpoint.tensor(name, shape))
  const tiny = (data: ReadonlyArray<number>): Checkpoint =>
    fromFiles(new Map([["m", floatTensors([{ name: "w", shape: [2, 3], data: Float32Array.from(data) }])]]))
  const w = tiny([1, 2, 3, 4, 5, 6])
  const lowRank = (transposed: boolean): Adapter => {
    const [inputs, outputs] = transposed ? [2, 3] : [3, 2]
    const [downward, up] = [
      Float32Array.from({ length: inputs }, (_, i) => i + 1),
      Float32Array.from({ length: outputs }, (_, i) => 10 * (i + 1))
    ]
    return {
      kind: "low-rank",
      name: "a",
      updates: new Map([["w", { rank: 1, scale: 0.5, inputs, outputs, down: downward, up, transposed }]])
    }
  }
  test("are the base plus coefficient * scale * up * down", () =>
    // 2 * 0.5 * [10, 20] x [1, 2, 3]
    expect([...numbers(merged(w, [lowRank(false)], [2]), "w", [2, 3])]).toEqual([11, 22, 33, 24, 45, 66]))
  test("of a tensor that is stored [inputs, outputs] are that, turned", () =>
    // [1, 2] down x [10, 20, 30] up
    expect([...numbers(merged(w, [lowRank(true)], [2]), "w", [2, 3])]).toEqual([11, 22, 33, 24, 45, 66]))
  test("of several adapters add up, and a whole model adds its difference", () => {
    const tuned: Adapter = { kind: "full", name: "f", checkpoint: tiny([2, 2, 2, 2, 2, 2]) }
    const all = numbers(merged(w, [lowRank(false), tuned], [2, -0.5]), "w", [2, 3])
    expect([...all]).toEqual([10.5, 22, 33.5, 25, 46.5, 68])
  })
  test("that nothing changes are those of the base, which stays as it was", () => {
    expect(merged(w, [lowRank(false)], [0]).tensor("w", [2, 3]).bytes.buffer).toBe(w.tensor("w", [2, 3]).bytes.buffer)
    expect([...numbers(w, "w", [2, 3])]).toEqual([1, 2, 3, 4, 5, 6])
    expect(told(() => merged(w, [lowRank(false)], [1]).tensor("w", [3, 2]))).toContain("shape [3,2]")
  })
})

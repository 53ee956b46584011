import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fromFiles } from "../../src/onnx/checkpoint.ts"
import { CheckpointError } from "../../src/onnx/checkpoint_error.ts"
import { parseConfig } from "../../src/onnx/config.ts"
import { decoderOf } from "../../src/onnx/families.ts"
import { packedModel } from "../../src/onnx/packed.ts"
import { rotaryFrequencies } from "../../src/onnx/rotary.ts"
import { weightsOf } from "../../src/onnx/weights.ts"

const folder = join(import.meta.dir, "../golden/decoders/llama")
const golden = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))
const checkpoint = fromFiles(
  new Map([["model.safetensors", new Uint8Array(readFileSync(join(folder, "model.safetensors")))]])
)

const build = (changes: Record<string, unknown>) => {
  try {
    return packedModel(decoderOf(parseConfig(JSON.stringify({ ...golden, ...changes }))), weightsOf(checkpoint), 1)
      .bytes
  } catch (error) {
    if (error instanceof CheckpointError) return error.message
    throw error
  }
}

test("the graph of the golden llama is small: the weights stay in their file", () => {
  const graph = build({})
  expect(graph).toBeInstanceOf(Uint8Array)
  expect(graph.length).toBeLessThan(20_000)
  expect(graph.length).toBeGreaterThan(2_000)
})

describe("a config.json that does not fit is refused", () => {
  const cases: ReadonlyArray<readonly [string, Record<string, unknown>, string]> = [
    [
      "an architecture that is not supported",
      { architectures: ["FooForCausalLM"] },
      "FooForCausalLM with the families supported here: LlamaForCausalLM"
    ],
    [
      "no architecture",
      { architectures: undefined },
      "Cannot read architectures of config.json as a list of texts: the field is missing"
    ],
    [
      "a missing field",
      { hidden_size: undefined },
      "Cannot read hidden_size of config.json as a whole number above zero: the field is missing"
    ],
    [
      "a field that is null",
      { num_hidden_layers: null },
      "num_hidden_layers of config.json as a whole number above zero: the field is missing"
    ],
    ["a size of zero", { vocab_size: 0 }, "Cannot read vocab_size of config.json as a whole number above zero: 0"],
    ["a fractional size", { intermediate_size: 1.5 }, "above zero: 1.5"],
    ["text for a number", { rms_norm_eps: "small" }, 'Cannot read rms_norm_eps of config.json as a number: "small"'],
    ["text for a switch", { tie_word_embeddings: "yes" }, "as true or false"],
    ["no window", { max_position_embeddings: undefined }, "max_position_embeddings"],
    ["heads that cannot be shared", { num_key_value_heads: 2 }, "3 heads, 2 key-value heads"],
    ["an odd head", { head_dim: 15 }, "key-value heads of 15"],
    ["an unknown activation", { hidden_act: "mish" }, '"mish" of config.json: it is none of silu, swish, gelu'],
    ["the name of a method as activation", { hidden_act: "toString" }, "none of silu"],
    [
      "unknown rotary scaling",
      { rope_parameters: { rope_type: "yarn" } },
      'rope_parameters that config.json asks for: "yarn" is none of default, linear, llama3'
    ],
    [
      "a missing field inside",
      { rope_parameters: { rope_type: "linear" } },
      "Cannot read rope_parameters.factor of config.json"
    ],
    [
      "another width",
      { intermediate_size: 95 },
      "mlp.gate_proj.weight with the shape [95,48] that config.json asks for: it has [96,48]"
    ],
    ["more layers than there are", { num_hidden_layers: 3 }, "Cannot find model.layers.2.input_layernorm.weight"],
    ["a head that is not there", { tie_word_embeddings: false }, "Cannot find lm_head.weight"],
    ["biases that are not there", { attention_bias: true }, "Cannot find model.layers.0.self_attn.q_proj.bias"],
    ["biases of the MLP that are not there", { mlp_bias: true }, "Cannot find model.layers.0.mlp.gate_proj.bias"]
  ]
  for (const [name, changes, expected] of cases) test(name, () => expect(build(changes)).toContain(expected))

  test("what is no JSON object", () => {
    for (const text of ["", "{", "[]", "null", "3"]) expect(() => parseConfig(text)).toThrow(CheckpointError)
  })
})

describe("rotary frequencies", () => {
  const of = (config: unknown) => Array.from(rotaryFrequencies(parseConfig(JSON.stringify(config)), 4))

  test("default: theta to the power of -2i/headSize, in either style", () => {
    expect(of({})).toEqual([1, Math.fround(0.01)])
    expect(of({ rope_theta: 100 })).toEqual([1, Math.fround(0.1)])
    expect(of({ rope_parameters: { rope_theta: 100, rope_type: "default" } })).toEqual([1, Math.fround(0.1)])
    expect(of({ rope_theta: 100, rope_scaling: null })).toEqual([1, Math.fround(0.1)])
  })

  test("linear: divided by the factor, in either style", () => {
    expect(of({ rope_theta: 100, rope_scaling: { type: "linear", factor: 4 } })).toEqual([0.25, Math.fround(0.025)])
    expect(of({ rope_parameters: { rope_theta: 100, rope_type: "linear", factor: 4 } })).toEqual([
      0.25,
      Math.fround(0.025)
    ])
  })

  test("llama3: fast ones kept, slow ones divided, those between interpolated", () => {
    const scaling = {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64
    }
    const frequencies = Array.from(
      rotaryFrequencies(parseConfig(JSON.stringify({ rope_theta: 10_000, rope_scaling: scaling })), 8)
    )
    // 64 tokens are 10.2, 1.02, 0.1 and 0.01 turns
    const between = (64 * 0.1) / (2 * Math.PI)
    const kept = (between - 1) / 3
    expect(frequencies[0]).toBe(1)
    expect(frequencies[1]).toBeCloseTo(((1 - kept) * 0.1) / 8 + kept * 0.1, 7)
    expect(frequencies[2]).toBeCloseTo(0.01 / 8, 8)
    expect(frequencies[3]).toBeCloseTo(0.001 / 8, 9)
  })
})

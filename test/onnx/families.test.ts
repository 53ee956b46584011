import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fromFiles } from "../../src/onnx/checkpoint.ts"
import { CheckpointError } from "../../src/onnx/checkpoint_error.ts"
import { parseConfig } from "../../src/onnx/config.ts"
import { decoderOf } from "../../src/onnx/families.ts"
import { packedModel } from "../../src/onnx/packed.ts"
import { weighty } from "../../src/onnx/reading_all.ts"
import { weightsOf } from "../../src/onnx/weights.ts"

const families = [
  ...["gemma2", "gemma3_text", "gpt2", "gpt_neox", "llama3", "mistral", "mpt"],
  ...["olmo2", "phi3", "qwen2", "qwen3", "smollm3", "llama"]
] as const
type FamilyName = (typeof families)[number]

const stored = new Map(
  families.map((family) => {
    const folder = join(import.meta.dir, "../golden/decoders", family)
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))
    const bytes = new Uint8Array(readFileSync(join(folder, "model.safetensors")))
    return [family, { config, checkpoint: fromFiles(new Map([["model.safetensors", bytes]])) }]
  })
)

/** The graph of a golden checkpoint with another config.json, or why there is none. */
const build = (family: FamilyName, changes: Record<string, unknown>): Uint8Array | string => {
  const { checkpoint, config } = stored.get(family)!
  try {
    return packedModel(decoderOf(parseConfig(JSON.stringify({ ...config, ...changes }))), weightsOf(checkpoint), 1)
      .bytes
  } catch (error) {
    if (error instanceof CheckpointError) return error.message
    throw error
  }
}

for (const family of families) {
  test(`the graph of the golden ${family} is small: the weights stay in their file`, () => {
    const graph = build(family, {})
    expect(graph).toBeInstanceOf(Uint8Array)
    expect(graph.length).toBeLessThan(20_000)
    expect(graph.length).toBeGreaterThan(2_000)
  })
}

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
    ["an odd head", { head_dim: 15 }, "in pairs: config.json has heads of 15"],
    ["an unknown activation", { hidden_act: "prelu" }, 'hidden_act "prelu" of config.json: it is none of silu, swish'],
    ["the name of a method as activation", { hidden_act: "toString" }, "none of silu"],
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
  for (const [name, changes, expected] of cases) test(name, () => expect(build("llama", changes)).toContain(expected))

  test("what is no JSON object", () => {
    for (const text of ["", "{", "[]", "null", "3"]) expect(() => parseConfig(text)).toThrow(CheckpointError)
  })
})

describe("a field that is left out is what Hugging Face takes it for", () => {
  const longrope = { rope_type: "longrope", short_factor: Array(8).fill(2), long_factor: Array(8).fill(4) }
  const cases: ReadonlyArray<readonly [FamilyName, string, unknown, unknown, Record<string, unknown>?]> = [
    ["llama", "rms_norm_eps", 1e-6, 1e-5],
    ["llama", "tie_word_embeddings", false, true],
    ["llama", "hidden_act", "silu", "gelu"],
    ["llama", "attention_bias", false, true],
    ["llama", "head_dim", 16, 8],
    ["llama", "num_key_value_heads", 3, 1],
    ["llama", "rope_theta", 10_000, 100, { rope_parameters: null }],
    ["mistral", "sliding_window", 4096, 16],
    ["mistral", "sliding_window", 4096, null],
    ["mistral", "tie_word_embeddings", false, true],
    ["qwen2", "use_sliding_window", false, true, { sliding_window: 5, layer_types: null, max_window_layers: 0 }],
    ["qwen2", "sliding_window", 4096, 5, { use_sliding_window: true, layer_types: null, max_window_layers: 0 }],
    ["qwen2", "tie_word_embeddings", false, true],
    ["qwen3", "head_dim", 128, 32],
    ["qwen3", "rms_norm_eps", 1e-6, 1e-5],
    ["phi3", "rms_norm_eps", 1e-5, 1e-6],
    ["phi3", "tie_word_embeddings", false, true],
    ["phi3", "original_max_position_embeddings", 4096, 64, { rope_parameters: longrope }],
    ["olmo2", "rms_norm_eps", 1e-5, 1e-6],
    ["olmo2", "tie_word_embeddings", false, true],
    ["smollm3", "tie_word_embeddings", true, false],
    ["smollm3", "rope_theta", 2_000_000, 10_000, { rope_parameters: null }],
    ["smollm3", "no_rope_layer_interval", 4, 2, { no_rope_layers: null }],
    ["gemma2", "head_dim", 256, 32],
    ["gemma2", "sliding_window", 4096, 16],
    ["gemma2", "attn_logit_softcapping", 50, 5],
    ["gemma2", "attn_logit_softcapping", 50, null],
    ["gemma2", "final_logit_softcapping", 30, null],
    ["gemma2", "query_pre_attn_scalar", 256, 32],
    ["gemma2", "hidden_activation", "gelu_pytorch_tanh", "gelu"],
    ["gemma2", "tie_word_embeddings", true, false],
    ["gemma2", "layer_types", ["sliding_attention", "full_attention"], ["full_attention", "sliding_attention"]],
    ["gemma3_text", "final_logit_softcapping", null, 30],
    ["gemma3_text", "sliding_window_pattern", 6, 1, { layer_types: null }],
    ["gemma3_text", "rope_local_base_freq", 10_000, 100, { rope_parameters: null }],
    [
      "gemma3_text",
      "rope_theta",
      1_000_000,
      100,
      { rope_parameters: null, layer_types: ["full_attention", "full_attention"] }
    ],
    ["gpt2", "n_inner", 192, 96],
    ["gpt2", "layer_norm_epsilon", 1e-5, 1e-6],
    ["gpt2", "activation_function", "gelu_new", "relu"],
    ["gpt2", "tie_word_embeddings", true, false],
    ["gpt2", "scale_attn_weights", true, false],
    ["gpt2", "scale_attn_by_inverse_layer_idx", false, true],
    ["gpt_neox", "rotary_pct", 0.25, 1],
    ["gpt_neox", "rotary_emb_base", 10_000, 100],
    ["gpt_neox", "layer_norm_eps", 1e-5, 1e-6],
    ["gpt_neox", "attention_bias", true, false],
    ["gpt_neox", "use_parallel_residual", true, false],
    ["gpt_neox", "hidden_act", "gelu", "relu"],
    ["gpt_neox", "tie_word_embeddings", false, true],
    ["mpt", "layer_norm_epsilon", 1e-5, 1e-6],
    ["mpt", "tie_word_embeddings", true, false]
  ]
  for (const [family, field, usual, other, around = {}] of cases) {
    test(`${family}: ${field} is ${JSON.stringify(usual)}, not ${JSON.stringify(other)}`, () => {
      const left = build(family, { ...around, [field]: undefined })
      expect(build(family, { ...around, [field]: usual })).toEqual(left)
      expect(build(family, { ...around, [field]: other })).not.toEqual(left)
    })
  }
})

test("layers that turn alike share their angles", () => {
  const cosines = (family: FamilyName, changes: Record<string, unknown>) =>
    new Set(
      Buffer.from(build(family, changes) as Uint8Array)
        .toString("latin1")
        .match(/Cos_\d+/g)
    ).size
  expect(cosines("llama", {})).toBe(1)
  expect(cosines("gemma3_text", {})).toBe(1)
  expect(cosines("gemma3_text", { layer_types: ["sliding_attention", "full_attention"] })).toBe(2)
  expect(cosines("gpt2", {})).toBe(0)
})

describe("what a family does not do is refused", () => {
  const sliding = ["sliding_attention", "full_attention"]
  const cases: ReadonlyArray<readonly [FamilyName, Record<string, unknown>, string]> = [
    ["llama", { sliding_window: 16 }, "Cannot build with sliding_window of config.json as absent: 16"],
    ["llama", { quantization_config: { quant_method: "gptq" } }, "quantization_config of config.json as absent"],
    ["llama", { layer_types: sliding }, "Cannot build with layer_types of config.json as absent"],
    ["llama", { partial_rotary_factor: 0.5 }, "partial_rotary_factor of config.json, 0.5: this family turns whole"],
    ["llama", { rope_parameters: { full_attention: {} } }, "rope_parameters.full_attention of config.json as absent"],
    ["mistral", { sliding_window: 0 }, "Cannot read sliding_window of config.json as a number above zero: 0"],
    ["mistral", { layer_types: sliding }, "layer_types"],
    ["mistral", { attention_bias: true }, "Cannot build with attention_bias of config.json as absent or false: true"],
    ["qwen2", { layer_types: sliding }, "sliding_window of config.json as a number of tokens: there is none"],
    ["qwen2", { layer_types: ["full_attention"] }, "Cannot use layer_types of config.json for 2 layers: it has 1"],
    ["qwen3", { layer_types: ["full_attention", "chunked_attention"] }, '"chunked_attention" is not supported'],
    ["smollm3", { layer_types: sliding, sliding_window: 2.5 }, "a number of tokens: 2.5"],
    ["phi3", { attention_bias: true }, "attention_bias"],
    ["phi3", { rope_scaling: { type: "su", short_factor: [1] } }, "by short_factor of config.json: it has 1 numbers"],
    ["phi3", { partial_rotary_factor: 2, rope_parameters: null }, "Cannot turn 32 numbers of each head in pairs"],
    ["olmo2", { clip_qkv: 8 }, "clip_qkv"],
    ["smollm3", { no_rope_layers: [1] }, "Cannot use no_rope_layers of config.json for 2 layers: it has 1 marks"],
    ["gemma2", { use_bidirectional_attention: true }, "use_bidirectional_attention of config.json as absent or false"],
    ["gemma2", { sliding_window: null }, "sliding_window of config.json as a number of tokens: there is none"],
    ["gemma2", { query_pre_attn_scalar: -4 }, "query_pre_attn_scalar of config.json as a number above zero: -4"],
    ["gemma2", { final_logit_softcapping: 0 }, "final_logit_softcapping of config.json as a number above zero: 0"],
    ["gemma3_text", { attn_logit_softcapping: 50 }, "attn_logit_softcapping of config.json as absent: 50"],
    ["gemma3_text", { rope_parameters: { rope_theta: 5, rope_type: "default" } }, "rope_parameters.rope_type"],
    ["gpt2", { add_cross_attention: true }, "add_cross_attention of config.json as absent or false: true"],
    [
      "gpt2",
      { n_head: 5 },
      "Cannot divide the stream among heads of one size: config.json has 5 heads and a width of 48"
    ],
    ["gpt_neox", { num_attention_heads: 5 }, "5 heads and a width of 48"],
    ["mpt", { attn_config: { alibi: false } }, "Cannot build with attn_config.alibi of config.json as absent or true"],
    ["mpt", { attn_config: { alibi_bias_max: 16 } }, "attn_config.alibi_bias_max of config.json as absent or 8: 16"],
    ["mpt", { attn_config: { attn_type: "multiquery_attention" } }, "attn_config.attn_type"],
    ["mpt", { attn_config: { prefix_lm: true } }, "attn_config.prefix_lm"],
    ["mpt", { attn_config: { qk_ln: true } }, "attn_config.qk_ln"],
    [
      "mpt",
      { attn_config: { softmax_scale: 0 } },
      "attn_config.softmax_scale of config.json as a number above zero: 0"
    ],
    ["mpt", { attn_config: { clip_qkv: -1 } }, "attn_config.clip_qkv of config.json as a number above zero: -1"],
    ["mpt", { no_bias: false }, "no_bias"],
    ["mpt", { logit_scale: "inv_sqrt_d_model" }, "logit_scale"],
    ["mpt", { norm_type: "rmsnorm" }, "norm_type"]
  ]
  for (const [family, changes, expected] of cases) {
    test(`${family}: ${Object.keys(changes).join(", ")}`, () => expect(build(family, changes)).toContain(expected))
  }
})

describe("no family passes over a field that changes what it computes", () => {
  const loud: Record<string, unknown> = {
    quantization_config: { bits: 4 },
    per_layer_config: { 0: {} },
    is_encoder_decoder: true,
    sliding_window: 5,
    attention_chunk_size: 8,
    clip_qkv: 1,
    attn_logit_softcapping: 7,
    query_pre_attn_scalar: 7,
    attention_multiplier: 2,
    rope_parameters: { rope_type: "linear", factor: 3 },
    rope_scaling: { rope_type: "linear", factor: 3 },
    partial_rotary_factor: 0.5,
    rotary_pct: 0.5,
    no_rope_layers: [0, 0],
    residual_multiplier: 2,
    embedding_multiplier: 2,
    num_experts: 2,
    num_local_experts: 2,
    final_logit_softcapping: 7,
    logit_scale: 2,
    logits_scaling: 2
  }
  /** Read, and rightly without effect alone. */
  const idle: Partial<Record<FamilyName, ReadonlyArray<string>>> = {
    qwen2: ["sliding_window", "use_sliding_window"],
    qwen3: ["sliding_window", "use_sliding_window"],
    smollm3: ["sliding_window", "use_sliding_window"],
    // holds for layers without a window, and the golden one has none
    gemma3_text: ["rope_scaling"]
  }
  for (const family of families) {
    test(family, () => {
      const own = stored.get(family)!.config
      const bare = { rope_parameters: null, rope_scaling: null }
      const plain = Buffer.from(build(family, bare) as Uint8Array).toString("latin1")
      for (const field of [...Object.keys(weighty), "layer_types"]) {
        if (idle[family]?.includes(field)) continue
        const value = field === "layer_types" ? ["full_attention", "sliding_attention"] : (loud[field] ?? !own[field])
        const changed = build(family, { ...bare, [field]: value })
        if (typeof changed === "string") expect(changed).toMatch(new RegExp(`${field}|bias|sliding_window|in pairs`))
        else expect({ field, same: Buffer.from(changed).toString("latin1") === plain }).toEqual({ field, same: false })
      }
    })
  }

  test("a window that is asked for is no longer idle", () => {
    for (const family of ["qwen2", "qwen3"] as const) {
      const changes = { use_sliding_window: true, sliding_window: 5, max_window_layers: 0, layer_types: undefined }
      expect(build(family, changes)).not.toEqual(build(family, {}))
      expect(build(family, { ...changes, max_window_layers: 2 })).toEqual(build(family, {}))
    }
    const changes = { use_sliding_window: true, sliding_window: 5, layer_types: undefined }
    expect(build("smollm3", changes)).not.toEqual(build("smollm3", {}))
  })

  test("layer_types that are all alike may stand in any config.json", () =>
    expect(build("llama", { layer_types: ["full_attention", "full_attention"] })).toEqual(build("llama", {})))
})

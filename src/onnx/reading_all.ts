import type { Config } from "./config.ts"
import type { Family } from "./decoder.ts"

/**
 * Fields of config.json that change what a decoder computes, in one family or another, and the values with which they
 * change nothing. A family reads those that it knows; with any other it may not be built.
 */
export const weighty: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  quantization_config: [],
  per_layer_config: [],
  is_encoder_decoder: [false],
  add_cross_attention: [false],
  use_bidirectional_attention: [false],
  // attention
  sliding_window: [],
  use_sliding_window: [false],
  attention_chunk_size: [],
  attention_bias: [false],
  use_qkv_bias: [false],
  clip_qkv: [],
  qk_layernorm: [false],
  use_qk_norm: [false],
  attn_logit_softcapping: [],
  query_pre_attn_scalar: [],
  attention_multiplier: [1],
  // positions
  rope_parameters: [],
  rope_scaling: [],
  partial_rotary_factor: [1],
  rotary_pct: [1],
  rope_interleaved: [false],
  no_rope_layers: [],
  alibi: [false],
  // the rest of a layer, the embedding and the head
  mlp_bias: [false],
  use_parallel_residual: [false],
  residual_multiplier: [1],
  embedding_multiplier: [1],
  num_experts: [],
  num_local_experts: [],
  final_logit_softcapping: [],
  logit_scale: [1],
  logits_scaling: [1],
  lm_head_bias: [false]
}

/** The family, but it refuses a config.json with a weighty field that it does not read. */
export const readingAll =
  (family: Family): Family =>
  (config) => {
    const read = new Set<string>()
    const decoder = family(watched(config, (field) => void read.add(field)))
    for (const [field, neutral] of Object.entries(weighty)) if (!read.has(field)) config.only(field, ...neutral)
    const alike = config.strings("layer_types", []).every((type) => type === "full_attention")
    if (!alike && !read.has("layer_types")) config.only("layer_types")
    return decoder
  }

/** The configuration, with every reader telling what it is asked for. */
const watched = (config: Config, tell: (field: string) => void): Config =>
  Object.fromEntries(
    Object.entries(config).map(([name, reader]) => [
      name,
      (field: string, ...rest: ReadonlyArray<unknown>) => {
        tell(field)
        return (reader as (...all: ReadonlyArray<unknown>) => unknown)(field, ...rest)
      }
    ])
  ) as unknown as Config

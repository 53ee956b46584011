import { gelu } from "../activation.ts"
import { attention } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { preNorm } from "../layer.ts"
import { layerNorm } from "../normalization.ts"
import { plain } from "../perceptron.ts"
import { evenShape } from "../shape.ts"
import { stack } from "../stack.ts"

/** MPT (`MptForCausalLM`): no positions; attention falls with the distance instead, in each head at a slope of its own. */
export const mpt: Family = (config) => {
  const hidden = config.size("d_model")
  const shape = evenShape({
    hidden,
    layers: config.size("n_layers"),
    vocabularySize: config.size("vocab_size"),
    queryHeads: config.size("n_heads")
  })
  const own = config.section("attn_config")
  own.only("alibi", true)
  own.only("attn_type", "multihead_attention")
  // transformers takes 8 whatever it says
  own.only("alibi_bias_max", 8)
  for (const field of ["prefix_lm", "qk_ln", "qk_gn"]) own.only(field, false)
  config.only("no_bias", true)
  config.only("logit_scale")
  config.only("norm_type", "low_precision_layernorm", "layernorm")
  const scale = own.positive("softmax_scale", 1 / Math.sqrt(shape.headSize))
  // 0 is no clipping
  const clip = own.number("clip_qkv", 0) === 0 ? undefined : own.positive("clip_qkv")
  const normalize = layerNorm(hidden, config.number("layer_norm_epsilon", 1e-5), { bias: false })
  return stack({
    base: "transformer",
    embedding: "wte",
    layers: "blocks",
    norm: "norm_f",
    shape,
    contextLength: config.size("max_seq_len"),
    head: config.boolean("tie_word_embeddings", true) ? undefined : "lm_head.weight",
    normalize,
    layer: preNorm({
      norms: ["norm_1", "norm_2"],
      normalize,
      attention: [
        "attn",
        attention(shape, {
          input: { inputs: hidden, outputs: { Wqkv: 3 * hidden }, bias: false },
          output: { inputs: hidden, outputs: { out_proj: hidden }, bias: false },
          scale: () => scale,
          slopes: slopes(shape.queryHeads),
          clip
        })
      ],
      perceptron: [
        "ffn",
        // four times as wide whatever expansion_ratio says, as Hugging Face has it; tensors of another width are refused
        plain({ hidden, inner: 4 * hidden, activate: gelu, bias: false }, { up: "up_proj", down: "down_proj" })
      ]
    })
  })
}

/** Powers of two, falling to 2^-8; of a number of heads that is no power of two, every other one first. */
const slopes = (heads: number): ReadonlyArray<number> => {
  const full = 2 ** Math.ceil(Math.log2(heads))
  const all = Array.from({ length: full }, (_, i) => 2 ** ((-(i + 1) * 8) / full))
  if (full === heads) return all
  const [odd, even] = [1, 0].map((rest) => all.filter((_, i) => i % 2 === rest))
  return [...odd!, ...even!].slice(0, heads)
}

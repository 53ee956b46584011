import { activation } from "../activation.ts"
import { attention, projections } from "../attention.ts"
import type { Config } from "../config.ts"
import { constant } from "../constants.ts"
import type { Decoder, Rotary } from "../decoder.ts"
import { bothNorms } from "../layer.ts"
import { rmsNorm } from "../normalization.ts"
import { gated } from "../perceptron.ts"
import { shapeOf } from "../shape.ts"
import { stack, usualNames } from "../stack.ts"
import { type LayerType, layerTypes, windowsOf } from "../windows.ts"

/** What tells one Gemma from another. */
export interface Gemma {
  readonly contextLength: number
  readonly rotary: (type: LayerType) => Rotary
  /** Whether a layer has a window where config.json does not say. */
  readonly slides: (layer: number) => boolean
  /** Caps where config.json does not say. */
  readonly softcaps: { readonly attention?: number; readonly logits?: number }
  readonly normalizesHeads: boolean
}

/** What Gemma 2 and 3 share: layers normalize before and behind their parts, by a weight that is off by one. */
export const gemma = (config: Config, version: Gemma): Decoder => {
  config.only("use_bidirectional_attention", false)
  const shape = shapeOf(config, { headSize: 256 })
  const epsilon = config.number("rms_norm_eps", 1e-6)
  const normalize = rmsNorm(shape.hidden, epsilon, 1)
  const ofHead = rmsNorm(shape.headSize, epsilon, 1)
  const bias = config.boolean("attention_bias", false)
  const types = layerTypes(config, shape.layers, version.slides)
  const scale = config.positive("query_pre_attn_scalar", 256) ** -0.5
  return stack({
    ...usualNames,
    shape,
    contextLength: version.contextLength,
    head: config.boolean("tie_word_embeddings", true) ? undefined : "lm_head.weight",
    normalize,
    embedded: ({ graph }, tokens) =>
      graph.node("Mul", [tokens, constant(graph, "float32", [Math.sqrt(shape.hidden)], [])]),
    softcap: config.optional("final_logit_softcapping", version.softcaps.logits),
    layer: bothNorms({
      norms: ["input_layernorm", "pre_feedforward_layernorm"],
      after: ["post_attention_layernorm", "post_feedforward_layernorm"],
      normalize,
      attention: [
        "self_attn",
        attention(shape, {
          ...projections(shape, { input: bias, output: bias }),
          scale: () => scale,
          rotary: (layer) => version.rotary(types[layer]!),
          window: windowsOf(types, config.optional("sliding_window", 4096)),
          softcap: config.optional("attn_logit_softcapping", version.softcaps.attention),
          normalize: version.normalizesHeads ? { query: ofHead, key: ofHead, byHead: true } : undefined
        })
      ],
      perceptron: [
        "mlp",
        gated({
          hidden: shape.hidden,
          inner: config.size("intermediate_size"),
          activate: activation(config, "hidden_activation", "gelu_pytorch_tanh"),
          bias: false
        })
      ]
    })
  })
}

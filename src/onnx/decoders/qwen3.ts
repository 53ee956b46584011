import { activation } from "../activation.ts"
import { attention, projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { preNorm, usualNorms } from "../layer.ts"
import { rmsNorm } from "../normalization.ts"
import { gated } from "../perceptron.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { stack, usualNames } from "../stack.ts"
import { layerTypes, windowsOf } from "../windows.ts"

/** Qwen 3 (`Qwen3ForCausalLM`): the queries and keys of each head are normalized; upper layers may have a window. */
export const qwen3: Family = (config) => {
  const shape = shapeOf(config, { headSize: 128 })
  const { contextLength, rotary } = ropeOf(config, shape.headSize)
  const epsilon = config.number("rms_norm_eps", 1e-6)
  const normalize = rmsNorm(shape.hidden, epsilon)
  const ofHead = rmsNorm(shape.headSize, epsilon)
  const bias = config.boolean("attention_bias", false)
  const given = config.optional("sliding_window", 4096)
  const sliding = config.boolean("use_sliding_window", false) ? given : undefined
  const first = config.number("max_window_layers", 28)
  const types = layerTypes(config, shape.layers, (layer) => sliding !== undefined && layer >= first)
  return stack({
    ...usualNames,
    shape,
    contextLength,
    head: config.boolean("tie_word_embeddings", false) ? undefined : "lm_head.weight",
    normalize,
    layer: preNorm({
      norms: usualNorms,
      normalize,
      attention: [
        "self_attn",
        attention(shape, {
          ...projections(shape, { input: bias, output: bias }),
          normalize: { query: ofHead, key: ofHead, byHead: true },
          rotary: () => rotary,
          window: windowsOf(types, sliding)
        })
      ],
      perceptron: [
        "mlp",
        gated({
          hidden: shape.hidden,
          inner: config.size("intermediate_size"),
          activate: activation(config, "hidden_act", "silu"),
          bias: false
        })
      ]
    })
  })
}

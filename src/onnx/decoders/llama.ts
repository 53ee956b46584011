import { activation } from "../activation.ts"
import { attention, projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { preNorm, usualNorms } from "../layer.ts"
import { rmsNorm } from "../normalization.ts"
import { gated } from "../perceptron.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { stack, usualNames } from "../stack.ts"

/** Llama 1 to 3 and what follows their architecture (`LlamaForCausalLM`). */
export const llama: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize)
  const normalize = rmsNorm(shape.hidden, config.number("rms_norm_eps", 1e-6))
  const bias = config.boolean("attention_bias", false)
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
        attention(shape, { ...projections(shape, { input: bias, output: bias }), rotary: () => rotary })
      ],
      perceptron: [
        "mlp",
        gated({
          hidden: shape.hidden,
          inner: config.size("intermediate_size"),
          activate: activation(config, "hidden_act", "silu"),
          bias: config.boolean("mlp_bias", false)
        })
      ]
    })
  })
}

import { activation } from "../activation.ts"
import { attention, projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { preNorm, usualNorms } from "../layer.ts"
import { rmsNorm } from "../normalization.ts"
import { gated } from "../perceptron.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { stack, usualNames } from "../stack.ts"
import { windowOf } from "../windows.ts"

/** Mistral 7B and what follows it (`MistralForCausalLM`): Llama with a window that slides over the text. */
export const mistral: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize)
  const normalize = rmsNorm(shape.hidden, config.number("rms_norm_eps", 1e-6))
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
          ...projections(shape, { input: false, output: false }),
          rotary: () => rotary,
          window: windowOf(config.optional("sliding_window", 4096))
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

import { activation } from "../activation.ts"
import { attention, projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { postNorm } from "../layer.ts"
import { rmsNorm } from "../normalization.ts"
import { gated } from "../perceptron.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { stack, usualNames } from "../stack.ts"

/** OLMo 2 (`Olmo2ForCausalLM`): what the parts of a layer give is normalized, and so are all queries and all keys. */
export const olmo2: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize)
  const epsilon = config.number("rms_norm_eps", 1e-5)
  const normalize = rmsNorm(shape.hidden, epsilon)
  const bias = config.boolean("attention_bias", false)
  const attend = attention(shape, {
    ...projections(shape, { input: bias, output: bias }),
    rotary: () => rotary,
    normalize: {
      query: rmsNorm(shape.queryHeads * shape.headSize, epsilon),
      key: rmsNorm(shape.keyValueHeads * shape.headSize, epsilon),
      byHead: false
    }
  })
  const perceive = gated({
    hidden: shape.hidden,
    inner: config.size("intermediate_size"),
    activate: activation(config, "hidden_act", "silu"),
    bias: false
  })
  return stack({
    ...usualNames,
    shape,
    contextLength,
    head: config.boolean("tie_word_embeddings", false) ? undefined : "lm_head.weight",
    normalize,
    layer: postNorm({
      norms: ["post_attention_layernorm", "post_feedforward_layernorm"],
      normalize,
      attention: ["self_attn", attend],
      perceptron: ["mlp", perceive]
    })
  })
}

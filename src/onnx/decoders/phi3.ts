import { activation } from "../activation.ts"
import { attention, projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { preNorm, usualNorms } from "../layer.ts"
import { rmsNorm } from "../normalization.ts"
import { gatedAsOne } from "../perceptron.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { stack, usualNames } from "../stack.ts"
import { windowOf } from "../windows.ts"

/** Phi 3, 3.5 and 4 (`Phi3ForCausalLM`): Llama with its projections in one tensor, and a part of each head turned. */
export const phi3: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize, {
    part: 1,
    trained: 4096,
    aliases: { su: "longrope", yarn: "longrope" }
  })
  const normalize = rmsNorm(shape.hidden, config.number("rms_norm_eps", 1e-5))
  const window = windowOf(config.optional("sliding_window"))
  const { output } = projections(shape, { input: false, output: false })
  const projected = (shape.queryHeads + 2 * shape.keyValueHeads) * shape.headSize
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
          input: { inputs: shape.hidden, outputs: { qkv_proj: projected }, bias: false },
          output,
          rotary: () => rotary,
          window
        })
      ],
      perceptron: [
        "mlp",
        gatedAsOne({
          hidden: shape.hidden,
          inner: config.size("intermediate_size"),
          activate: activation(config, "hidden_act", "silu"),
          bias: false
        })
      ]
    })
  })
}

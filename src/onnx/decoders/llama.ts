import { projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { llamaLike } from "./llama_like.ts"

/** Llama 1 to 3 and what follows their architecture (`LlamaForCausalLM`). */
export const llama: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize)
  const bias = config.boolean("attention_bias", false)
  return llamaLike(config, shape, {
    contextLength,
    bias: config.boolean("mlp_bias", false),
    attention: { ...projections(shape, { input: bias, output: bias }), rotary: () => rotary }
  })
}

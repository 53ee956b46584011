import { projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { windowOf } from "../windows.ts"
import { llamaLike } from "./llama_like.ts"

/** Mistral 7B and what follows it (`MistralForCausalLM`): Llama with a window that slides over the text. */
export const mistral: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize)
  return llamaLike(config, shape, {
    contextLength,
    attention: {
      ...projections(shape, { input: false, output: false }),
      rotary: () => rotary,
      window: windowOf(config.optional("sliding_window", 4096))
    }
  })
}

import { projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { upperWindows } from "../windows.ts"
import { llamaLike } from "./llama_like.ts"

/** Qwen 2 and 2.5 (`Qwen2ForCausalLM`): queries, keys and values have biases; upper layers may have a window. */
export const qwen2: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize)
  return llamaLike(config, shape, {
    contextLength,
    attention: {
      ...projections(shape, { input: true, output: false }),
      rotary: () => rotary,
      window: upperWindows(config, shape.layers)
    }
  })
}

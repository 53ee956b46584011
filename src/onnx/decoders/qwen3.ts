import { projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { rmsNorm } from "../normalization.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { upperWindows } from "../windows.ts"
import { llamaLike } from "./llama_like.ts"

/** Qwen 3 (`Qwen3ForCausalLM`): queries and keys are normalized head by head; upper layers may have a window. */
export const qwen3: Family = (config) => {
  const shape = shapeOf(config, { headSize: 128 })
  const { contextLength, rotary } = ropeOf(config, shape.headSize)
  const ofHead = rmsNorm(shape.headSize, config.number("rms_norm_eps", 1e-6))
  const bias = config.boolean("attention_bias", false)
  return llamaLike(config, shape, {
    contextLength,
    attention: {
      ...projections(shape, { input: bias, output: bias }),
      normalize: { query: ofHead, key: ofHead, byHead: true },
      rotary: () => rotary,
      window: upperWindows(config, shape.layers)
    }
  })
}

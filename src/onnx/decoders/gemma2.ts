import type { Family } from "../decoder.ts"
import { ropeOf } from "../rope.ts"
import { gemma } from "./gemma.ts"

/** Gemma 2 (`Gemma2ForCausalLM`): layers with and without a window, scores and logits held below a cap. */
export const gemma2: Family = (config) => {
  const { rotary, contextLength } = ropeOf(config, config.size("head_dim", 256))
  return gemma(config, {
    contextLength,
    rotary: () => rotary,
    slides: (layer) => layer % 2 === 0,
    softcaps: { attention: 50, logits: 30 },
    normalizesHeads: false
  })
}

import type { Family } from "../decoder.ts"
import { ropeBy } from "../rope.ts"
import { gemma } from "./gemma.ts"

/** Gemma 3, text only (`Gemma3ForCausalLM`): the layers with a window turn by positions of their own. */
export const gemma3: Family = (config) => {
  const headSize = config.size("head_dim", 256)
  const parameters = config.section("rope_parameters")
  const [wide, narrow] = ["full_attention", "sliding_attention"].map((type) => parameters.section(type))
  if (!parameters.has("full_attention") && !parameters.has("sliding_attention")) {
    for (const field of ["rope_type", "rope_theta"]) parameters.only(field)
  }
  const scaled = config.has("rope_scaling")
  const full = ropeBy(
    config,
    scaled ? config.section("rope_scaling") : wide!,
    scaled ? "rope_scaling" : "rope_parameters",
    headSize,
    { theta: 1_000_000 }
  )
  const sliding = ropeBy(config, narrow!, "rope_parameters", headSize, { names: { theta: "rope_local_base_freq" } })
  // transformers reads it and caps nothing
  config.only("attn_logit_softcapping")
  const pattern = config.size("sliding_window_pattern", 6)
  return gemma(config, {
    contextLength: Math.min(full.contextLength, sliding.contextLength),
    rotary: (type) => (type === "sliding_attention" ? sliding.rotary : full.rotary),
    slides: (layer) => (layer + 1) % pattern !== 0,
    softcaps: {},
    normalizesHeads: true
  })
}

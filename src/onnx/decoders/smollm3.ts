import { projections } from "../attention.ts"
import { CheckpointError } from "../checkpoint_error.ts"
import type { Config } from "../config.ts"
import type { Family } from "../decoder.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { layerTypes, windowsOf } from "../windows.ts"
import { llamaLike } from "./llama_like.ts"

/** SmolLM3 (`SmolLM3ForCausalLM`): Llama where some layers know no positions; layers may have a window. */
export const smollm3: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize, { theta: 2_000_000 })
  const bias = config.boolean("attention_bias", false)
  const turned = turnedLayers(config, shape.layers)
  const window = config.optional("sliding_window")
  const sliding = config.boolean("use_sliding_window", false) && window !== undefined
  const types = layerTypes(config, shape.layers, (layer) => sliding && !turned(layer))
  return llamaLike(config, shape, {
    contextLength,
    bias: config.boolean("mlp_bias", false),
    tied: true,
    attention: {
      ...projections(shape, { input: bias, output: bias }),
      rotary: (layer) => (turned(layer) ? rotary : undefined),
      window: windowsOf(types, window)
    }
  })
}

/** Which layers turn queries and keys: those marked 1 in `no_rope_layers`, else all but one in so many. */
const turnedLayers = (config: Config, layers: number): ((layer: number) => boolean) => {
  const interval = config.size("no_rope_layer_interval", 4)
  const usual = Array.from({ length: layers }, (_, i) => ((i + 1) % interval === 0 ? 0 : 1))
  const marks = config.integers("no_rope_layers", usual)
  if (marks.length < layers) {
    throw new CheckpointError(
      `Cannot use no_rope_layers of config.json for ${layers} layers: it has ${marks.length} marks`
    )
  }
  return (layer) => marks[layer] !== 0
}

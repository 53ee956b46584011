import { activation } from "../activation.ts"
import { attention, projections } from "../attention.ts"
import { CheckpointError } from "../checkpoint_error.ts"
import type { Config } from "../config.ts"
import type { Family } from "../decoder.ts"
import { preNorm, usualNorms } from "../layer.ts"
import { rmsNorm } from "../normalization.ts"
import { gated } from "../perceptron.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { stack, usualNames } from "../stack.ts"
import { layerTypes, windowsOf } from "../windows.ts"

/** SmolLM3 (`SmolLM3ForCausalLM`): Llama where some layers know no positions; layers may have a window. */
export const smollm3: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize, { theta: 2_000_000 })
  const normalize = rmsNorm(shape.hidden, config.number("rms_norm_eps", 1e-6))
  const bias = config.boolean("attention_bias", false)
  const turned = turnedLayers(config, shape.layers)
  const window = config.optional("sliding_window")
  const sliding = config.boolean("use_sliding_window", false) && window !== undefined
  const types = layerTypes(config, shape.layers, (layer) => sliding && !turned(layer))
  return stack({
    ...usualNames,
    shape,
    contextLength,
    head: config.boolean("tie_word_embeddings", true) ? undefined : "lm_head.weight",
    normalize,
    layer: preNorm({
      norms: usualNorms,
      normalize,
      attention: [
        "self_attn",
        attention(shape, {
          ...projections(shape, { input: bias, output: bias }),
          rotary: (layer) => (turned(layer) ? rotary : undefined),
          window: windowsOf(types, window)
        })
      ],
      perceptron: [
        "mlp",
        gated({
          hidden: shape.hidden,
          inner: config.size("intermediate_size"),
          activate: activation(config, "hidden_act", "silu"),
          bias: config.boolean("mlp_bias", false)
        })
      ]
    })
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

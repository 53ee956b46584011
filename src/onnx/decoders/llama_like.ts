import { activation } from "../activation.ts"
import { type AttentionOptions, attention } from "../attention.ts"
import type { Config } from "../config.ts"
import type { Decoder } from "../decoder.ts"
import { preNorm, usualNorms } from "../layer.ts"
import { rmsNorm } from "../normalization.ts"
import { gated } from "../perceptron.ts"
import type { Shape } from "../shape.ts"
import { stack, usualNames } from "../stack.ts"

/** What tells a family that is built like Llama from another. */
export interface LlamaLike {
  readonly contextLength: number
  readonly attention: AttentionOptions
  /** Matrices of the perceptron have biases. Default false. */
  readonly bias?: boolean
  /** Default: `gated`. */
  readonly perceptron?: typeof gated
  /** Whether the head is the embedding where config.json does not say. Default false. */
  readonly tied?: boolean
  /** Of the norms, where config.json does not say. Default 1e-6. */
  readonly epsilon?: number
}

/** A decoder of the parts, under the names, that Llama has: norms by the root mean square, and a gated perceptron. */
export const llamaLike = (config: Config, shape: Shape, family: LlamaLike): Decoder => {
  const { bias = false, contextLength, epsilon = 1e-6, perceptron = gated, tied = false } = family
  const { hidden } = shape
  const normalize = rmsNorm(hidden, config.number("rms_norm_eps", epsilon))
  const inner = config.size("intermediate_size")
  const activate = activation(config, "hidden_act", "silu")
  return stack({
    ...usualNames,
    shape,
    contextLength,
    head: config.boolean("tie_word_embeddings", tied) ? undefined : "lm_head.weight",
    normalize,
    layer: preNorm({
      norms: usualNorms,
      normalize,
      attention: ["self_attn", attention(shape, family.attention)],
      perceptron: ["mlp", perceptron({ hidden, inner, activate, bias })]
    })
  })
}

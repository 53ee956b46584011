import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"

/** The heads of an attention layer. */
export interface Heads {
  readonly queryHeads: number
  /** Queries share keys and values in groups of one size. */
  readonly keyValueHeads: number
  readonly headSize: number
}

/** The sizes of a decoder. */
export interface Shape extends Heads {
  readonly hidden: number
  readonly layers: number
  readonly vocabularySize: number
}

/** The sizes that config.json gives under the names that most families use. Errors: throws `CheckpointError`. */
export const shapeOf = (config: Config, defaults: { readonly headSize?: number } = {}): Shape => {
  const hidden = config.size("hidden_size")
  const queryHeads = config.size("num_attention_heads")
  return checked({
    hidden,
    layers: config.size("num_hidden_layers"),
    vocabularySize: config.size("vocab_size"),
    queryHeads,
    keyValueHeads: config.size("num_key_value_heads", queryHeads),
    headSize: config.size("head_dim", defaults.headSize ?? Math.floor(hidden / queryHeads))
  })
}

/** The shape of a decoder whose heads all have keys and values of their own and fill the stream. */
export const evenShape = (sizes: Pick<Shape, "hidden" | "layers" | "vocabularySize" | "queryHeads">): Shape => {
  const headSize = sizes.hidden / sizes.queryHeads
  if (!Number.isInteger(headSize)) {
    const came = `${sizes.queryHeads} heads and a width of ${sizes.hidden}`
    throw new CheckpointError(`Cannot divide the stream among heads of one size: config.json has ${came}`)
  }
  return { ...sizes, keyValueHeads: sizes.queryHeads, headSize }
}

const checked = (shape: Shape): Shape => {
  const { headSize, keyValueHeads, queryHeads } = shape
  if (queryHeads % keyValueHeads === 0 && headSize > 0) return shape
  const came = `${queryHeads} heads, ${keyValueHeads} key-value heads of ${headSize}`
  throw new CheckpointError(`Cannot share heads in groups of one size: config.json has ${came}`)
}

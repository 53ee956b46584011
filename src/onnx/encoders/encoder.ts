import type { Config } from "../config.ts"
import type { Graph, Value } from "../graph.ts"
import type { Weights } from "../weights.ts"

/** What a family of text classifiers is: from the configuration to an encoder. Throws `CheckpointError`. */
export type EncoderFamily = (config: Config) => Encoder

/** An encoder with a classification head, to be put in a graph: the form owns the texts, the family knows nothing of them. */
export interface Encoder {
  /** The longest text, in tokens. */
  readonly contextLength: number
  readonly vocabularySize: number
  readonly layers: number
  /** How many labels the head tells apart. */
  readonly labels: number
  /** The place of each token of a text, as the table of positions counts. */
  readonly positions: (tokens: ArrayLike<number>) => ArrayLike<number>
  /** Adds the encoder to a graph, with weights that graphs share; gives logits `[1, texts, labels]`. */
  readonly build: (graph: Graph, form: EncoderForm, weights: Weights) => Value
}

/** What a form of graph gives an encoder to build on. All streams are `[1, n, …]`. */
export interface EncoderForm {
  /** `[1, n]` */
  readonly tokens: Value
  /** `[1, n]` */
  readonly positions: Value
  /**
   * Attention within each text: queries, keys and values side by side, `[1, n, 3 * heads * headSize]`, give
   * `[1, n, heads * headSize]`.
   */
  readonly attend: (projected: Value, heads: number) => Value
  /**
   * Attention of the first token of each text over its text: queries `[1, texts, heads * headSize]`, keys and values
   * side by side, `[1, n, 2 * heads * headSize]`, give `[1, texts, heads * headSize]`.
   */
  readonly attendFirst: (query: Value, projected: Value, heads: number) => Value
  /** Keeps of `[1, n, hidden]` the first token of each text, `[1, texts, hidden]`. */
  readonly first: (hidden: Value) => Value
}

/** Each token where it stands. */
export const inOrder = (tokens: ArrayLike<number>): ArrayLike<number> => Array.from(tokens, (_, place) => place)

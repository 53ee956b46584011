import type { Config } from "./config.ts"
import type { Graph, Value } from "./graph.ts"
import type { Weights } from "./weights.ts"

/** What a family of models is: from the configuration to a decoder. Throws `CheckpointError`. */
export type Family = (config: Config) => Decoder

/** A decoder that can be put in any form of graph: the form owns sequences and caches, the family knows nothing of them. */
export interface Decoder {
  readonly contextLength: number
  /** Length of the rows that the head gives. */
  readonly vocabularySize: number
  readonly layers: number
  /** Numbers that one token leaves in the cache as a key, and as many as a value, in each layer. */
  readonly keyValueWidth: number
  /** Adds the decoder to a graph, with weights that graphs share; gives logits `[1, rows, vocabularySize]`. */
  readonly build: (graph: Graph, form: Form, weights: Weights) => Value
}

/** What a form of graph gives a decoder to build on. All streams are `[1, n, …]`. */
export interface Form {
  /** `[1, n]` */
  readonly tokens: Value
  /** Place of each token in its sequence, `[1, n]`. */
  readonly positions: Value
  /** Attention of one layer over the sequences so far; gives `[1, n, queryHeads * headSize]`. */
  readonly attend: (layer: number, attention: Attention) => Value
  /** Keeps of `[1, n, hidden]` the tokens whose rows are asked for. */
  readonly select: (hidden: Value) => Value
}

/** What one layer attends with, before positions turn it: the form of the graph turns, caches and masks. */
export interface Attention {
  /**
   * Queries, keys and values side by side, `[1, n, (queryHeads + 2 * keyValueHeads) * headSize]`; or each for itself,
   * `[1, n, heads * headSize]`.
   */
  readonly projected: Value | { readonly query: Value; readonly key: Value; readonly value: Value }
  readonly queryHeads: number
  readonly keyValueHeads: number
  readonly headSize: number
  /** Multiplies the products of queries and keys. */
  readonly scale: number
  /** How positions turn queries and keys. Layers that turn alike share the object. */
  readonly rotary?: Rotary | undefined
  /** A token sees so many tokens, itself among them; all before it where nothing is said. */
  readonly window?: number | undefined
  /** Scores become `softcap * tanh(score / softcap)`. */
  readonly softcap?: number | undefined
  /** Multiplies the distance from a query to a key, which is taken off the score: ALiBi. One a query head. */
  readonly slopes?: ReadonlyArray<number> | undefined
}

/** Rotary position embedding: the first `2 * frequencies.length` numbers of each head are turned, in halves. */
export interface Rotary {
  /** Angle per position of each pair, `[dimensions / 2]`. */
  readonly frequencies: Float32Array<ArrayBuffer>
  /** Multiplies cosines and sines. Default 1. */
  readonly scale?: number | undefined
}

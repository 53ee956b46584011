import type { Checkpoint } from "./checkpoint.ts"
import type { Config } from "./config.ts"
import type { Graph, Value } from "./graph.ts"

/** What a family of models is: from the configuration and the weights to a decoder. Throws `CheckpointError`. */
export type Family = (config: Config, checkpoint: Checkpoint) => Decoder

/** A decoder that can be put in any form of graph: the form owns sequences and caches, the family knows nothing of them. */
export interface Decoder {
  readonly contextLength: number
  /** Length of the rows that the head gives. */
  readonly vocabularySize: number
  readonly layers: number
  /** Numbers that one token leaves in the cache as a key, and as many as a value, in each layer. */
  readonly keyValueWidth: number
  /** Adds the decoder to a graph; gives logits `[1, rows, vocabularySize]`. */
  readonly build: (graph: Graph, form: Form) => Value
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

/** Queries `[1, n, queryHeads * headSize]`, keys and values `[1, n, keyValueHeads * headSize]`, keys rotated already. */
export interface Attention {
  readonly query: Value
  readonly key: Value
  readonly value: Value
  readonly queryHeads: number
  readonly keyValueHeads: number
  /** Multiplies the products of queries and keys. */
  readonly scale: number
}

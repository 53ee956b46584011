import { constant } from "./constants.ts"
import type { Decoder } from "./decoder.ts"
import type { Value } from "./graph.ts"
import type { Layer } from "./layer.ts"
import type { Normalize, Residual } from "./normalization.ts"
import { type Place, placeOf } from "./place.ts"
import type { Shape } from "./shape.ts"

/** A decoder as a stack of layers between an embedding and a head, and what its parts are called. */
export interface Stack {
  readonly shape: Shape
  readonly contextLength: number
  /** What the names of all tensors but the head's begin with. Files saved without the head leave it out. */
  readonly base: string
  readonly embedding: string
  readonly layers: string
  readonly norm: string
  /** The tensor of the head; the embedding's where nothing is said. */
  readonly head: string | undefined
  readonly normalize: Normalize
  readonly layer: Layer
  /** What becomes of the embedded tokens before the first layer. Default: nothing. */
  readonly embedded?: ((place: Place, tokens: Value) => Value) | undefined
  /** Logits become `softcap * tanh(logit / softcap)`. */
  readonly softcap?: number | undefined
}

/** The names that most families use. */
export const usualNames = { base: "model", embedding: "embed_tokens", layers: "layers", norm: "norm" } as const

/** A decoder made of layers. */
export const stack = (description: Stack): Decoder => {
  const { base, contextLength, embedded, embedding, head, layer, normalize, shape, softcap } = description
  const { hidden, layers, vocabularySize } = shape
  return {
    contextLength,
    vocabularySize,
    layers,
    keyValueWidth: shape.keyValueHeads * shape.headSize,
    build: (graph, form, weights) => {
      const bare = weights.has(`${embedding}.weight`)
      const place = placeOf(graph, form, weights, bare ? "" : base)
      const table = place.name(`${embedding}.weight`)
      const tokens = weights.lookup(graph, table, [vocabularySize, hidden], form.tokens)
      let residual: Residual = { sum: embedded === undefined ? tokens : embedded(place, tokens) }
      for (let i = 0; i < layers; i++) residual = layer(place.at(`${description.layers}.${i}`, i), residual)
      const last = form.select(normalize(place.at(description.norm), residual).normed)
      const parts = [{ name: head ?? table, outputs: vocabularySize }]
      const logits = weights.linear(graph, last, { parts, inputs: hidden, head: true })
      if (softcap === undefined) return logits
      const cap = constant(graph, "float32", [softcap], [])
      return graph.node("Mul", [graph.node("Tanh", [graph.node("Div", [logits, cap])]), cap])
    }
  }
}

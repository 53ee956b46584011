import type { Activation } from "../activation.ts"
import { CheckpointError } from "../checkpoint_error.ts"
import type { Graph, Value } from "../graph.ts"
import type { Weights } from "../weights.ts"
import type { EncoderForm } from "./encoder.ts"

/** The names that a family gives the tensors of one layer, `.weight` and `.bias` left out. */
export interface LayerNames {
  readonly query: string
  readonly key: string
  readonly value: string
  readonly attended: string
  readonly attentionNorm: string
  readonly inner: string
  readonly outer: string
  readonly outerNorm: string
}

/** The sizes that all layers of an encoder have. */
export interface LayerShape {
  readonly hidden: number
  readonly inner: number
  readonly heads: number
  readonly epsilon: number
  readonly activate: Activation
}

/** Refuses heads that do not fill the hidden state. Errors: throws `CheckpointError`. */
export const checkHeads = ({ heads, hidden }: LayerShape): void => {
  if (hidden % heads === 0) return
  throw new CheckpointError(`Cannot split a hidden state of ${hidden} numbers into ${heads} heads of one size`)
}

/**
 * Layers that normalize after each of their two blocks, as BERT does: `[1, n, hidden]` to the hidden state of the first
 * token of each text, `[1, texts, hidden]`. The last layer computes no other, for no head asks for one.
 */
export const encoderLayers = (
  graph: Graph,
  form: EncoderForm,
  weights: Weights,
  embedded: Value,
  names: ReadonlyArray<LayerNames>,
  shape: LayerShape
): Value => {
  const { epsilon, heads, hidden, inner } = shape
  const activate = shape.activate
  const project = (x: Value, parts: ReadonlyArray<string>) =>
    weights.linear(graph, x, {
      parts: parts.map((name) => ({ name: `${name}.weight`, outputs: hidden })),
      inputs: hidden,
      biases: parts.map((name) => `${name}.bias`)
    })
  return names.reduce(
    (x, { attended, attentionNorm, inner: first, key, outer: second, outerNorm, query, value }, i) => {
      const last = i === names.length - 1
      const kept = last ? form.first(x) : x
      const seen = last
        ? form.attendFirst(project(kept, [query]), project(x, [key, value]), heads)
        : form.attend(project(x, [query, key, value]), heads)
      const added = dense(graph, weights, seen, attended, hidden, hidden)
      const between = layerNorm(graph, weights, [kept, added], attentionNorm, hidden, epsilon)
      const activated = activate(graph, dense(graph, weights, between, first, hidden, inner))
      const outer = dense(graph, weights, activated, second, inner, hidden)
      return layerNorm(graph, weights, [between, outer], outerNorm, hidden, epsilon)
    },
    embedded
  )
}

/** A linear layer with its bias: `[1, n, inputs]` to `[1, n, outputs]`. */
export const dense = (graph: Graph, weights: Weights, x: Value, name: string, inputs: number, outputs: number): Value =>
  weights.linear(graph, x, { parts: [{ name: `${name}.weight`, outputs }], inputs, biases: [`${name}.bias`] })

/** Adds two streams and normalizes by mean and variance. */
export const layerNorm = (
  graph: Graph,
  weights: Weights,
  added: readonly [Value, Value],
  name: string,
  width: number,
  epsilon: number
): Value =>
  graph.node(
    "SkipLayerNormalization",
    [...added, ...["weight", "bias"].map((kind) => weights.tensor(graph, `${name}.${kind}`, [width]))],
    { domain: "com.microsoft", attributes: { epsilon: { float: epsilon } } }
  )

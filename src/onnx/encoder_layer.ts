import { activation } from "./activation.ts"
import { CheckpointError } from "./checkpoint_error.ts"
import type { EncoderForm } from "./encoder.ts"
import type { Graph, Value } from "./graph.ts"
import type { Weights } from "./weights.ts"

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
  /** As config.json names it. */
  readonly activation: string
}

/** Refuses heads that do not fill the hidden state. Errors: throws `CheckpointError`. */
export const checkHeads = ({ heads, hidden }: LayerShape): void => {
  if (hidden % heads === 0) return
  throw new CheckpointError(`Cannot split a hidden state of ${hidden} numbers into ${heads} heads of one size`)
}

/** A layer that normalizes after each of its two blocks, as BERT does: `[1, n, hidden]` to the same. */
export const encoderLayer = (
  graph: Graph,
  form: EncoderForm,
  weights: Weights,
  x: Value,
  names: LayerNames,
  shape: LayerShape
): Value => {
  const { epsilon, heads, hidden, inner } = shape
  const parts = [names.query, names.key, names.value]
  const projected = weights.linear(graph, x, {
    parts: parts.map((name) => ({ name: `${name}.weight`, outputs: hidden })),
    inputs: hidden,
    biases: parts.map((name) => `${name}.bias`)
  })
  const attended = dense(graph, weights, form.attend(projected, heads), names.attended, hidden, hidden)
  const between = layerNorm(graph, weights, [x, attended], names.attentionNorm, hidden, epsilon)
  const activated = activation(shape.activation)(graph, dense(graph, weights, between, names.inner, hidden, inner))
  const outer = dense(graph, weights, activated, names.outer, inner, hidden)
  return layerNorm(graph, weights, [between, outer], names.outerNorm, hidden, epsilon)
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

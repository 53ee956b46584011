import { constant } from "./constants.ts"
import type { Graph, Value } from "./graph.ts"
import type { Place } from "./place.ts"

/** The stream that the layers add to, and what the last part gave that is not added yet. */
export interface Residual {
  readonly sum: Value
  readonly added?: Value | undefined
}

/** Adds what is due and normalizes, in one node; the place holds the weight. */
export type Normalize = (place: Place, residual: Residual) => { readonly normed: Value; readonly sum: Value }

/** Divides by the root of the mean square and multiplies by `weight + offset`, `[width]`. */
export const rmsNorm =
  (width: number, epsilon: number, offset = 0): Normalize =>
  (place, residual) => {
    const { graph, name, weights } = place
    const stored = weights.tensor(graph, name("weight"), [width])
    const weight = offset === 0 ? stored : graph.node("Add", [stored, constant(graph, "float32", [offset])])
    return normalize(graph, "SimplifiedLayerNormalization", residual, [weight], epsilon)
  }

/** Takes off the mean, divides by the standard deviation, multiplies by a weight and adds a bias, `[width]`. */
export const layerNorm =
  (width: number, epsilon: number, { bias }: { readonly bias: boolean }): Normalize =>
  ({ graph, name, weights }, residual) => {
    const tensors = bias ? ["weight", "bias"] : ["weight"]
    const own = tensors.map((tensor) => weights.tensor(graph, name(tensor), [width]))
    return normalize(graph, "LayerNormalization", residual, own, epsilon)
  }

const normalize = (
  graph: Graph,
  operator: "SimplifiedLayerNormalization" | "LayerNormalization",
  { added, sum }: Residual,
  weights: ReadonlyArray<Value>,
  epsilon: number
) => {
  if (added === undefined) {
    const attributes = { axis: -1, epsilon: { float: epsilon }, stash_type: 1 }
    return { normed: graph.node(operator, [sum, ...weights], { attributes }), sum }
  }
  const outputs = [`${added}_normed`, "", "", `${added}_sum`] as const
  graph.nodes(`Skip${operator}`, [sum, added, ...weights], outputs, {
    domain: "com.microsoft",
    attributes: { epsilon: { float: epsilon } }
  })
  return { normed: outputs[0], sum: outputs[3] }
}

import type { Graph, Value } from "./graph.ts"

/** The stream that the layers add to, and what the last block gave that is not added yet. */
export interface Residual {
  readonly sum: Value
  readonly added?: Value | undefined
}

/** Adds what is due and normalizes by the root of the mean square, in one node. */
export const rmsNorm = (
  graph: Graph,
  { added, sum }: Residual,
  weight: Value,
  epsilon: number
): { readonly normed: Value; readonly sum: Value } => {
  if (added === undefined) {
    const attributes = { axis: -1, epsilon: { float: epsilon }, stash_type: 1 }
    return { normed: graph.node("SimplifiedLayerNormalization", [sum, weight], { attributes }), sum }
  }
  const outputs = [`${added}_normed`, "", "", `${added}_sum`] as const
  const attributes = { epsilon: { float: epsilon } }
  graph.nodes("SkipSimplifiedLayerNormalization", [sum, added, weight], outputs, {
    domain: "com.microsoft",
    attributes
  })
  return { normed: outputs[0], sum: outputs[3] }
}

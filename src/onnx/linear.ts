import type { Graph, Value } from "./graph.ts"

/**
 * `x` times a weight that is stored a row an output, as PyTorch stores it, plus a bias where there is one.
 *
 * Shapes: x `[1, n, inputs]`, weight `[outputs, inputs]`, bias `[outputs]`; gives `[1, n, outputs]`.
 */
export const linear = (graph: Graph, x: Value, weight: Value, bias?: Value | undefined): Value => {
  const product = graph.node("FusedMatMul", [x, weight], { domain: "com.microsoft", attributes: { transB: 1 } })
  return bias === undefined ? product : graph.node("Add", [product, bias])
}

/** Several projections of one `x` as one, with their weights (or biases) stacked; the runtime folds the stack when it loads. */
export const stack = (graph: Graph, parts: ReadonlyArray<Value>): Value =>
  graph.node("Concat", parts, { attributes: { axis: 0 } })

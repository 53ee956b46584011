import type { Form } from "./decoder.ts"
import type { Graph, Value } from "./graph.ts"
import type { Matrix } from "./matrix.ts"
import type { Weights } from "./weights.ts"

/** Where a part of a decoder stands: the graph it adds to, and what the names of its tensors begin with. */
export interface Place {
  readonly graph: Graph
  readonly form: Form
  readonly weights: Weights
  /** Number of the layer; 0 outside of layers. */
  readonly layer: number
  /** The name of a tensor of this place. */
  readonly name: (tensor: string) => string
  /** The place of a part of this one; `""` is this one. */
  readonly at: (part: string, layer?: number) => Place
}

/** The place whose tensors' names begin with `prefix`. */
export const placeOf = (graph: Graph, form: Form, weights: Weights, prefix: string, layer = 0): Place => {
  const name = (part: string) => [prefix, part].filter((one) => one !== "").join(".")
  const at = (part: string, of = layer) => placeOf(graph, form, weights, name(part), of)
  return { graph, form, weights, layer, name, at }
}

/** A linear map: matrices of one place, whose outputs stand side by side. */
export interface Linear {
  readonly inputs: number
  /** Names of the matrices, each with its number of outputs. */
  readonly outputs: Readonly<Record<string, number>>
  /** Each has a bias that is added. */
  readonly bias: boolean
  /** Stored `[inputs, outputs]`. Default false. */
  readonly transposed?: boolean | undefined
  /** Which stored output comes first, second, …. Default: as stored. */
  readonly order?: ReadonlyArray<number> | undefined
}

const matrixOf = (place: Place, { bias, inputs, order, outputs, transposed }: Linear): Matrix => {
  const parts = Object.entries(outputs)
  return {
    parts: parts.map(([name, width]) => ({ name: place.name(`${name}.weight`), outputs: width })),
    biases: bias ? parts.map(([name]) => place.name(`${name}.bias`)) : undefined,
    inputs,
    order,
    transposed
  }
}

/** Multiplies `[1, n, inputs]`; gives `[1, n, outputs]`. */
export const linear = (place: Place, x: Value, map: Linear): Value =>
  place.weights.linear(place.graph, x, matrixOf(place, map))

/** The same for each matrix by itself. */
export const linears = (place: Place, x: Value, map: Linear): ReadonlyArray<Value> =>
  place.weights.linears(place.graph, x, matrixOf(place, map))

import type { Graph, Value } from "./graph.ts"

/** A small constant that lies inside the model's file; equal ones are one. A scalar has the shape `[]`. */
export const constant = (
  graph: Graph,
  type: "int64" | "float32",
  numbers: ArrayLike<number>,
  shape: ReadonlyArray<number> = [numbers.length]
): Value => {
  const values = Array.from(numbers)
  const data = type === "int64" ? BigInt64Array.from(values.map(BigInt)) : Float32Array.from(values)
  return graph.weight(`${type}[${shape}]:${values}`, type, shape, new Uint8Array(data.buffer))
}

import { constant } from "./constants.ts"
import type { Attention, Rotary } from "./decoder.ts"
import type { Graph, Value } from "./graph.ts"
import type { Turn } from "./rotary.ts"

/** Queries, keys and values of a layer, each `[1, n, heads * headSize]`, queries and keys turned by their positions. */
export const separate = (
  graph: Graph,
  { headSize, keyValueHeads, projected, queryHeads, rotary }: Attention,
  turn: (rotary: Rotary) => Turn
): { readonly query: Value; readonly key: Value; readonly value: Value } => {
  const split = () => {
    const widths = constant(
      graph,
      "int64",
      [queryHeads, keyValueHeads, keyValueHeads].map((heads) => heads * headSize)
    )
    const [query, key, value] = graph.nodes("Split", [projected as Value, widths], 3, { attributes: { axis: 2 } })
    return { query: query!, key: key!, value: value! }
  }
  const { key, query, value } = typeof projected === "string" ? split() : projected
  if (rotary === undefined) return { query, key, value }
  return { query: turn(rotary)(query, queryHeads), key: turn(rotary)(key, keyValueHeads), value }
}

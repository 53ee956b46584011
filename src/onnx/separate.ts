import { cut } from "./attention.ts"
import type { Attention, Rotary } from "./decoder.ts"
import type { Graph, Value } from "./graph.ts"
import type { Turn } from "./rotary.ts"

/** Queries, keys and values of a layer, each `[1, n, heads * headSize]`, queries and keys turned by their positions. */
export const separate = (
  graph: Graph,
  attention: Attention,
  turn: (rotary: Rotary) => Turn
): { readonly query: Value; readonly key: Value; readonly value: Value } => {
  const { keyValueHeads, projected, queryHeads, rotary } = attention
  const { key, query, value } = typeof projected === "string" ? cut(graph, attention, projected) : projected
  if (rotary === undefined) return { query, key, value }
  return { query: turn(rotary)(query, queryHeads), key: turn(rotary)(key, keyValueHeads), value }
}

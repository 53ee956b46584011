import { constant } from "./constants.ts"
import type { Rotary } from "./decoder.ts"
import type { Graph, Value } from "./graph.ts"

/** Turns `[1, n, heads * headSize]` by the positions of its tokens. */
export type Turn = (x: Value, heads: number) => Value

/**
 * Turns queries or keys by their positions `[1, n]`. The angles are computed in the graph once a run and rotary
 * embedding, for the tokens of that run only, so that no table bounds the context.
 */
export const turns = (graph: Graph, positions: Value): ((rotary: Rotary) => Turn) => {
  const made = new Map<Rotary, Turn>()
  return (rotary) => {
    const turn = made.get(rotary) ?? turnBy(graph, positions, rotary)
    made.set(rotary, turn)
    return turn
  }
}

const turnBy = (graph: Graph, positions: Value, { frequencies, scale = 1 }: Rotary): Turn => {
  const column = graph.node("Transpose", [graph.node("Cast", [positions], { attributes: { to: 1 } })])
  const angles = graph.node("Mul", [column, constant(graph, "float32", frequencies, [1, frequencies.length])])
  const [cosines, sines] = ["Cos", "Sin"].map((wave) => {
    const values = graph.node(wave, [angles])
    return scale === 1 ? values : graph.node("Mul", [values, constant(graph, "float32", [scale], [])])
  })
  const first = constant(graph, "int64", [0])
  return (x, heads) =>
    graph.node("RotaryEmbedding", [x, first, cosines!, sines!], {
      domain: "com.microsoft",
      attributes: { num_heads: heads, rotary_embedding_dim: 2 * frequencies.length }
    })
}

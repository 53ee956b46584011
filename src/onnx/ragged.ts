import { constant } from "./constants.ts"
import type { Encoder, EncoderForm } from "./encoders/encoder.ts"
import * as Graph from "./graph.ts"
import type { Model } from "./packed.ts"
import type { Weights } from "./weights.ts"

/**
 * The ragged form: any number of whole texts in one run. Their tokens go through the linear layers as one stream, so
 * that no padding is computed there; for attention they are laid out in a grid, one text a row, the short ones padded
 * and masked. No text sees another.
 *
 * Inputs:
 * - `stream` int64 `[2, n]`: tokens, and their positions, of text 0, text 1, …
 * - `grid` int64 `[texts, length]`: the places in the stream of each text's tokens, then -1
 *
 * Outputs: `logits` float32 `[1, texts, labels]`
 */
export const raggedModel = (encoder: Encoder, weights: Weights): Model => {
  const graph = Graph.make()
  const [tokens, positions] = graph.nodes("Split", [graph.input("stream", "int64", [2, "n"])], 2, {
    attributes: { axis: 0, num_outputs: 2 }
  })
  const grid = graph.input("grid", "int64", ["texts", "length"])
  const zero = constant(graph, "int64", [0])
  const along = { attributes: { axis: 1 } }
  const firsts = graph.node("Gather", [grid, constant(graph, "int64", [0], [])], along)
  const isToken = graph.node("GreaterOrEqual", [grid, zero])
  const [open, closed] = [0, -Infinity].map((value) => constant(graph, "float32", [value], []))
  const keys = graph.node("Unsqueeze", [
    graph.node("Where", [isToken, open!, closed!]),
    constant(graph, "int64", [1, 2])
  ])
  const mask = everyQuery(graph, keys, grid)
  // tokens stand in the grid in the order of the stream
  const back = graph.node("Squeeze", [
    graph.node("NonZero", [graph.node("Reshape", [isToken, constant(graph, "int64", [-1])])]),
    zero
  ])

  const lay = (projected: Graph.Value, parts: number) =>
    graph.nodes("Split", [graph.node("Gather", [graph.node("Squeeze", [projected, zero]), grid])], parts, {
      attributes: { axis: 2, num_outputs: parts }
    })
  const attention = (inputs: ReadonlyArray<Graph.Value>, heads: number) => {
    const attended = graph.node("Attention", inputs, { attributes: { q_num_heads: heads, kv_num_heads: heads } })
    return graph.node("Reshape", [attended, constant(graph, "int64", [1, -1, 0])])
  }

  const form: EncoderForm = {
    tokens: tokens!,
    positions: positions!,
    attend: (projected, heads) => graph.node("Gather", [attention([...lay(projected, 3), mask], heads), back], along),
    attendFirst: (query, projected, heads) => {
      const single = graph.node("Reshape", [query, constant(graph, "int64", [-1, 1, 0])])
      return attention([single, ...lay(projected, 2), keys], heads)
    },
    first: (hidden) => graph.node("Gather", [hidden, firsts], along)
  }
  graph.output("logits", encoder.build(graph, form, weights), "float32", [1, "texts", encoder.labels])
  return { bytes: graph.toBytes(), sides: graph.sides(), inputs: ["stream", "grid"], outputs: ["logits"] }
}

/** `[texts, 1, 1, length]`, the same for every query: `[texts, 1, length, length]`. */
const everyQuery = (graph: Graph.Graph, keys: Graph.Value, grid: Graph.Value): Graph.Value => {
  const length = graph.node("Shape", [grid], { attributes: { start: 1 } })
  const one = constant(graph, "int64", [1])
  return graph.node("Expand", [keys, graph.node("Concat", [length, one], { attributes: { axis: 0 } })])
}

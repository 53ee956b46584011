import { constant } from "./constants.ts"
import type { Attention } from "./decoder.ts"
import type { Graph, Value } from "./graph.ts"

/** What a layer's mask depends on. */
export type Masked = Pick<Attention, "window" | "slopes">

/**
 * What is added to the scores of one sequence: -Infinity where a key comes after the query or is outside the window,
 * else 0, less slope * distance. Equal masks are made once.
 *
 * Shapes: `positions` of the queries `[1, n]`; `length` of the sequence, a scalar; masks `[n, length]`, with slopes
 * `[1, heads, n, length]`.
 */
export const masks = (graph: Graph, positions: Value, length: Value): ((masked: Masked) => Value) => {
  const made = new Map<string, Value>()
  const once = (key: string, make: () => Value): Value => {
    const value = made.get(key) ?? make()
    made.set(key, value)
    return value
  }
  const scalar = (value: number) => constant(graph, "int64", [value], [])
  const keys = () => once("keys", () => graph.node("Range", [scalar(0), length, scalar(1)]))
  const queries = () => once("queries", () => graph.node("Transpose", [positions]))

  const visible = (window: number | undefined): Value =>
    once(`window ${window}`, () => {
      const before = graph.node("LessOrEqual", [keys(), queries()])
      const far = () => graph.node("Sub", [queries(), scalar(window!)])
      const allowed =
        window === undefined ? before : graph.node("And", [before, graph.node("Greater", [keys(), far()])])
      const [open, closed] = [0, -Infinity].map((value) => constant(graph, "float32", [value], []))
      return graph.node("Where", [allowed, open!, closed!])
    })
  const slanted = (window: number | undefined, slopes: ReadonlyArray<number>): Value =>
    once(`window ${window} slopes ${slopes}`, () => {
      const distance = graph.node("Cast", [graph.node("Sub", [keys(), queries()])], { attributes: { to: 1 } })
      const slope = constant(graph, "float32", slopes, [1, slopes.length, 1, 1])
      return graph.node("Add", [graph.node("Mul", [distance, slope]), visible(window)])
    })
  return ({ slopes, window }) => (slopes === undefined ? visible(window) : slanted(window, slopes))
}

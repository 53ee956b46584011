import { constant } from "./constants.ts"
import type { Attention, Rotary } from "./decoder.ts"
import type { Graph, Value } from "./graph.ts"
import type { Normalize } from "./normalization.ts"
import { type Linear, linear, type Place } from "./place.ts"
import type { Heads, Shape } from "./shape.ts"

/** What the layers of a family attend with. */
export interface AttentionOptions {
  /** From the stream to queries, keys and values side by side. */
  readonly input: Linear
  readonly output: Linear
  /** How positions turn queries and keys, by layer. Default: not at all. */
  readonly rotary?: ((layer: number) => Rotary | undefined) | undefined
  /** A token sees so many tokens, by layer. Default: all. */
  readonly window?: ((layer: number) => number | undefined) | undefined
  /** Multiplies the products of queries and keys. Default: by the size of the heads. */
  readonly scale?: ((layer: number) => number) | undefined
  readonly softcap?: number | undefined
  readonly slopes?: ReadonlyArray<number> | undefined
  /** Queries, keys and values are kept between `-clip` and `clip`. */
  readonly clip?: number | undefined
  /** Queries and keys are normalized, with the weights `q_norm` and `k_norm`, before they are turned. */
  readonly normalize?: QueryKeyNorm | undefined
}

/** Normalizes queries and keys: each head for itself, or all at once. */
export interface QueryKeyNorm {
  readonly query: Normalize
  readonly key: Normalize
  readonly byHead: boolean
}

/** Projects `[1, n, hidden]`, attends over the sequences so far and projects back. */
export const attention =
  (heads: Heads, options: AttentionOptions) =>
  (place: Place, x: Value): Value => {
    const { form, graph, layer } = place
    const { clip, input, normalize, output, rotary, scale, slopes, softcap, window } = options
    const linearly = linear(place, x, input)
    const bounds = clip === undefined ? [] : [-clip, clip].map((bound) => constant(graph, "float32", [bound], []))
    const clipped = clip === undefined ? linearly : graph.node("Clip", [linearly, ...bounds])
    const attended = form.attend(layer, {
      queryHeads: heads.queryHeads,
      keyValueHeads: heads.keyValueHeads,
      headSize: heads.headSize,
      projected: normalize === undefined ? clipped : normalized(place, heads, clipped, normalize),
      scale: scale === undefined ? 1 / Math.sqrt(heads.headSize) : scale(layer),
      rotary: rotary?.(layer),
      window: window?.(layer),
      softcap,
      slopes
    })
    return linear(place, attended, output)
  }

/** The projections that most families have: `q_proj`, `k_proj`, `v_proj` and `o_proj`. */
export const projections = (
  { headSize, hidden, keyValueHeads, queryHeads }: Shape,
  biases: { readonly input: boolean; readonly output: boolean }
): Pick<AttentionOptions, "input" | "output"> => {
  const [queries, keys] = [queryHeads * headSize, keyValueHeads * headSize]
  return {
    input: { inputs: hidden, outputs: { q_proj: queries, k_proj: keys, v_proj: keys }, bias: biases.input },
    output: { inputs: queries, outputs: { o_proj: hidden }, bias: biases.output }
  }
}

/** Cuts queries, keys and values that stand side by side. */
export const cut = (graph: Graph, { headSize, keyValueHeads, queryHeads }: Heads, projected: Value) => {
  const widths = [queryHeads, keyValueHeads, keyValueHeads].map((heads) => heads * headSize)
  const [query, key, value] = graph.nodes("Split", [projected, constant(graph, "int64", widths)], 3, {
    attributes: { axis: 2 }
  })
  return { query: query!, key: key!, value: value! }
}

const normalized = (place: Place, heads: Heads, projected: Value, norms: QueryKeyNorm): Attention["projected"] => {
  const { graph } = place
  const { key, query, value } = cut(graph, heads, projected)
  const reshape = (x: Value, ...shape: ReadonlyArray<number>) =>
    graph.node("Reshape", [x, constant(graph, "int64", shape)])
  const by = (norm: Normalize, name: string, x: Value) => {
    if (!norms.byHead) return norm(place.at(name), { sum: x }).normed
    // 0 keeps a dimension
    return reshape(norm(place.at(name), { sum: reshape(x, 0, 0, -1, heads.headSize) }).normed, 0, 0, -1)
  }
  return { query: by(norms.query, "q_norm", query), key: by(norms.key, "k_norm", key), value }
}

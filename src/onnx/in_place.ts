import type { SidePaths } from "./adapters/side_paths.ts"
import type { Attention, Decoder, Form, Rotary } from "./decoder.ts"
import * as Graph from "./graph.ts"
import { type Model, withAdapters } from "./packed.ts"
import { turns } from "./rotary.ts"
import { separate } from "./separate.ts"
import type { Weights } from "./weights.ts"

/** A model in the in-place form, and what whoever runs it has to know. */
export interface InPlaceModel extends Model {
  /** What the tables of angles are made of. */
  readonly rotaries: ReadonlyArray<Rotary>
  /** A past of a layer has `heads` times `headSize` numbers a token. */
  readonly heads: number
  readonly headSize: number
}

/** The decoder attends in a way that the node of the in-place form does not know. */
class NotInPlace extends Error {}

/**
 * The in-place form: the packed form for a runtime that can be told which memory to write to. New keys and values go
 * straight into the past of their sequence, which is never copied, and one node a layer and slot splits, turns, appends
 * and attends. `undefined` where the decoder attends in a way that this node does not know: the packed form serves.
 *
 * Inputs, in this order:
 * - `tokens`, `positions` int64 `[1, n]`: of slot 0, slot 1, …; a slot has one token at least
 * - `rows` int64: the places in the stream whose rows are asked for
 * - `lengths` int64 `[slots]`: the number of tokens of each slot
 * - with adapters `mix` float32 `[1, n, adapters]`: their coefficients, for each token of the stream
 * - for each slot `total.<slot>` int32 `[1]`, the number of its tokens with those before, and `last.<slot>`, one less
 * - for each rotary embedding `cosines.<i>`, `sines.<i>` float32 `[positions, pairs]`
 * - for each layer and slot `past.<slot>.<layer>.key`, `.value` float32 `[1, heads, capacity, headSize]`
 *
 * Outputs: `logits` float32 `[1, rows, vocabularySize]`, then what becomes of the pasts, in their order, to be bound to
 * the same memory.
 */
export const inPlaceModel = (
  decoder: Decoder,
  weights: Weights,
  slots: number,
  adapters?: SidePaths
): InPlaceModel | undefined => {
  const graph = Graph.make()
  const inputs: Array<string> = []
  const input = (name: string, type: Graph.ElementType, shape: ReadonlyArray<Graph.Dimension>) => {
    inputs.push(name)
    return graph.input(name, type, shape)
  }
  const [tokens, positions] = [input("tokens", "int64", [1, "n"]), input("positions", "int64", [1, "n"])]
  const rows = input("rows", "int64", ["rows"])
  const lengths = input("lengths", "int64", [slots])
  const select: Form["select"] = (hidden) => graph.node("Gather", [hidden, rows], { attributes: { axis: 1 } })
  const mixed = withAdapters(graph, { select }, weights, adapters)
  if (adapters !== undefined) inputs.push("mix")
  const ends = Array.from({ length: slots }, (_, slot) => {
    const total = input(`total.${slot}`, "int32", [1])
    return [input(`last.${slot}`, "int32", [1]), total]
  })
  const tables = new Map<Rotary, ReadonlyArray<Graph.Value>>()
  const tablesOf = (rotary: Rotary): ReadonlyArray<Graph.Value> => {
    const i = tables.size
    const shape = [`positions${i}`, rotary.frequencies.length]
    const made = tables.get(rotary) ?? [`cosines.${i}`, `sines.${i}`].map((name) => input(name, "float32", shape))
    tables.set(rotary, made)
    return made
  }
  const perSlot = (value: Graph.Value): ReadonlyArray<Graph.Value> =>
    slots === 1 ? [value] : graph.nodes("Split", [value, lengths], slots, { attributes: { axis: 1 } })
  const turn = turns(graph, positions)
  const pasts: Array<string> = []
  let shape = { heads: 0, headSize: 0 }

  const attend: Form["attend"] = (layer, attention) => {
    const { headSize, keyValueHeads, rotary, slopes } = attention
    if (headSize % 8 !== 0 || slopes !== undefined) throw new NotInPlace()
    shape = { heads: keyValueHeads, headSize }
    const table = rotary !== undefined && rotary.frequencies.length % 8 === 0 ? tablesOf(rotary) : []
    const streams = streamsOf(graph, table.length > 0 ? { ...attention, rotary: undefined } : attention, turn)
    const parts = streams.map((stream) => (stream === "" ? [] : perSlot(stream)))
    const attended = ends.map((end, slot) => {
      const names = [`${slot}.${layer}.key`, `${slot}.${layer}.value`]
      const sizes = [1, keyValueHeads, `capacity${slot}`, headSize]
      const before = names.map((name) => graph.input(`past.${name}`, "float32", sizes))
      const after = names.map((name) => `present.${name}`)
      const given = [...parts.map((part) => part[slot] ?? ""), ...before, ...end, ...table]
      const out = `attended.${slot}.${layer}`
      graph.nodes("GroupQueryAttention", given, [out, ...after], {
        domain: "com.microsoft",
        attributes: attributesOf(attention, table.length > 0)
      })
      for (const name of after) graph.output(name, name, "float32", sizes)
      pasts.push(...names)
      return out
    })
    return slots === 1 ? attended[0]! : graph.node("Concat", attended, { attributes: { axis: 1 } })
  }
  try {
    const logits = decoder.build(graph, { tokens, positions, attend, select }, mixed)
    graph.output("logits", logits, "float32", [1, "rows", decoder.vocabularySize])
  } catch (thrown) {
    if (thrown instanceof NotInPlace) return undefined
    throw thrown
  }
  return {
    bytes: graph.toBytes(),
    sides: graph.sides(),
    inputs: [...inputs, ...pasts.map((name) => `past.${name}`)],
    outputs: ["logits", ...pasts.map((name) => `present.${name}`)],
    rotaries: [...tables.keys()],
    ...shape
  }
}

/** Query, key and value; or all three as the first, where the node splits them itself. */
const streamsOf = (
  graph: Graph.Graph,
  attention: Attention,
  turn: ReturnType<typeof turns>
): ReadonlyArray<Graph.Value> => {
  if (typeof attention.projected === "string" && attention.rotary === undefined) return [attention.projected, "", ""]
  const { key, query, value } = separate(graph, attention, turn)
  return [query, key, value]
}

const attributesOf = (
  { keyValueHeads, queryHeads, scale, softcap = 0, window = -1 }: Attention,
  rotate: boolean
): Readonly<Record<string, Graph.Attribute>> => ({
  num_heads: queryHeads,
  kv_num_heads: keyValueHeads,
  scale: { float: scale },
  softcap: { float: softcap },
  local_window_size: window,
  do_rotary: rotate ? 1 : 0
})

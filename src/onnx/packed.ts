import type { SidePaths } from "./adapters/side_paths.ts"
import { constant } from "./constants.ts"
import type { Attention, Decoder, Form } from "./decoder.ts"
import * as Graph from "./graph.ts"
import { masks } from "./masks.ts"
import { turns } from "./rotary.ts"
import { separate } from "./separate.ts"
import type { Weights } from "./weights.ts"

/** A model as a runtime takes it: the file, the weights beside it, and the names of what goes in and comes out. */
export interface Model {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly sides: ReadonlyArray<Graph.Side>
  readonly inputs: ReadonlyArray<string>
  readonly outputs: ReadonlyArray<string>
}

/**
 * The packed form: several sequences with any number of new tokens each, in one run. The tokens of all go through the
 * linear layers as one stream; attention runs once for each slot, over that slot's past and its new tokens.
 *
 * Inputs:
 * - `stream` int64 `[2, n]`: tokens, and their positions, of slot 0, slot 1, …; a slot has one token at least
 * - `plan` int64: for each slot its number of tokens, for each slot that number with its past, then the places in the
 *   stream whose rows are asked for
 * - with adapters `mix` float32 `[1, n, adapters]`: their coefficients, for each token of the stream
 * - `past.<slot>.<2 * layer + (0 for keys, 1 for values)>` float32 `[1, past, keyValueWidth]`: the tokens before
 *
 * Outputs:
 * - `logits` float32 `[1, rows, vocabularySize]`
 * - `fresh` float32 `[2 * layers, n, keyValueWidth]`: what the new tokens add to the pasts
 *
 * The past is laid out token by token, so its first tokens are a view, a longer one is an append and a copy of a
 * prefix is one block; the runtime never sees more of it than is used.
 */
export const packedModel = (decoder: Decoder, weights: Weights, slots: number, adapters?: SidePaths): Model => {
  const graph = Graph.make()
  const [tokens, positions] = graph.nodes("Split", [graph.input("stream", "int64", [2, "n"])], 2, {
    attributes: { axis: 0, num_outputs: 2 }
  })
  const plan = graph.input("plan", "int64", ["plan"])
  const part = (from: number, to: number) =>
    graph.node("Slice", [plan, ...[[from], [to], [0]].map((bound) => constant(graph, "int64", bound))])
  const lengths = part(0, slots)
  const rows = part(2 * slots, Number.MAX_SAFE_INTEGER)
  const perSlot = (value: Graph.Value) =>
    slots === 1 ? [value] : graph.nodes("Split", [value, lengths], slots, { attributes: { axis: 1 } })
  const maskOf = perSlot(positions!).map((own, slot) => masks(graph, own, total(graph, plan, slots + slot)))
  const fresh: Array<Graph.Value> = []

  const turn = turns(graph, positions!)
  const attend = (layer: number, attention: Attention): Graph.Value => {
    const { key, query, value } = separate(graph, attention, turn)
    const [queries, keys, values] = [query, key, value].map(perSlot)
    const width = decoder.keyValueWidth
    const extend = (slot: number, kind: 0 | 1, added: Graph.Value) => {
      const past = graph.input(`past.${slot}.${2 * layer + kind}`, "float32", [1, `past${slot}`, width])
      return graph.node("Concat", [past, added], { attributes: { axis: 1 } })
    }
    fresh.push(key, value)
    const attended = queries!.map((query, slot) =>
      graph.node(
        "Attention",
        [query, extend(slot, 0, keys![slot]!), extend(slot, 1, values![slot]!), maskOf[slot]!(attention)],
        {
          attributes: {
            q_num_heads: attention.queryHeads,
            kv_num_heads: attention.keyValueHeads,
            scale: { float: attention.scale },
            softcap: { float: attention.softcap ?? 0 }
          }
        }
      )
    )
    return slots === 1 ? attended[0]! : graph.node("Concat", attended, { attributes: { axis: 1 } })
  }

  const form: Form = {
    tokens: tokens!,
    positions: positions!,
    attend,
    select: (hidden) => graph.node("Gather", [hidden, rows], { attributes: { axis: 1 } })
  }
  const logits = decoder.build(graph, form, withAdapters(graph, form, weights, adapters))
  graph.output("logits", logits, "float32", [1, "rows", decoder.vocabularySize])
  const added = graph.node("Concat", fresh, { attributes: { axis: 0 } })
  graph.output("fresh", added, "float32", [2 * decoder.layers, "n", decoder.keyValueWidth])
  const pasts = maskOf.flatMap((_, slot) => Array.from({ length: 2 * decoder.layers }, (_, i) => `past.${slot}.${i}`))
  return {
    bytes: graph.toBytes(),
    sides: graph.sides(),
    inputs: ["stream", "plan", ...(adapters === undefined ? [] : ["mix"]), ...pasts],
    outputs: ["logits", "fresh"]
  }
}

/** The weights, and where there are adapters the input of their coefficients, called `mix`. */
export const withAdapters = (
  graph: Graph.Graph,
  { select }: Pick<Form, "select">,
  weights: Weights,
  adapters: SidePaths | undefined
): Weights => {
  if (adapters === undefined) return weights
  const all = graph.input("mix", "float32", [1, "n", adapters.count])
  return adapters.beside(weights, { all, selected: () => select(all) })
}

/** One number of the plan, as a scalar. */
const total = (graph: Graph.Graph, plan: Graph.Value, at: number): Graph.Value =>
  graph.node("Gather", [plan, constant(graph, "int64", [at], [])])

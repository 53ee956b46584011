import { constant } from "../../../src/onnx/constants.ts"
import type { Decoder, Form } from "../../../src/onnx/decoder.ts"
import type { Dtype } from "../../../src/onnx/dtype.ts"
import * as Graph from "../../../src/onnx/graph.ts"
import { turns } from "../../../src/onnx/rotary.ts"
import { separate } from "../../../src/onnx/separate.ts"
import type { Weights } from "../../../src/onnx/weights.ts"

/** What a graph in the layout of Hugging Face may have or lack. */
export interface Export {
  readonly past: boolean
  readonly positions: boolean
  readonly keep: boolean
  readonly integers?: "int32" | "int64"
  /** Numbers of the matrices. Default: fp32. */
  readonly dtype?: Dtype
}

/** Puts a decoder in the layout that Hugging Face exports, so that one checkpoint can be run in both forms. */
export const exportedGraph = (
  decoder: Decoder,
  weights: Weights,
  { integers = "int64", keep, past, positions }: Export,
  file: string
): { readonly bytes: Uint8Array; readonly data: Uint8Array } => {
  const written = new Map<string, Exclude<Graph.WeightData, Uint8Array>>()
  const pieces: Array<Uint8Array> = []
  let end = 0
  const made = Graph.make()
  const graph: Graph.Graph = {
    ...made,
    // exporters put all weights in one file
    beside: ({ data, name, shape, type }) => {
      const place = written.get(name) ?? { file, offset: end, byteLength: data.byteLength }
      if (!written.has(name)) {
        pieces.push(data)
        end += data.byteLength
      }
      written.set(name, place)
      return made.weight(name, type, shape, place)
    }
  }
  const long = (value: Graph.Value) => graph.node("Cast", [value], { attributes: { to: Graph.elementType.int64 } })
  const scalar = (value: number) => constant(graph, "int64", [value], [])
  const tokens = long(graph.input("input_ids", integers, ["batch", "n"]))
  const mask = graph.input("attention_mask", integers, ["batch", "total"])
  const size = (value: Graph.Value) =>
    graph.node("Squeeze", [graph.node("Shape", [value], { attributes: { start: 1, end: 2 } })])
  const total = size(mask)
  const counted = graph.node("Range", [graph.node("Sub", [total, size(tokens)]), total, scalar(1)])
  const places = positions
    ? long(graph.input("position_ids", integers, ["batch", "n"]))
    : graph.node("Unsqueeze", [counted, constant(graph, "int64", [0])])
  const keys = graph.node("Range", [scalar(0), total, scalar(1)])
  const closed = graph.node("Greater", [keys, graph.node("Transpose", [places])])
  const [zero, infinite] = [0, -Infinity].map((value) => constant(graph, "float32", [value], []))
  const bias = graph.node("Where", [closed, infinite!, zero!])

  const turn = turns(graph, places)
  const form: Form = {
    tokens,
    positions: places,
    select: (hidden) => {
      if (!keep) return hidden
      const one = constant(graph, "int64", [1])
      const kept = graph.node("Reshape", [long(graph.input("num_logits_to_keep", integers, [])), one])
      const end = constant(graph, "int64", [Number.MAX_SAFE_INTEGER])
      return graph.node("Slice", [hidden, graph.node("Neg", [kept]), end, one])
    },
    attend: (layer, attention) => {
      const { headSize, keyValueHeads, queryHeads, scale } = attention
      const { key, query, value } = separate(graph, attention, turn)
      const split = (x: Graph.Value, heads: number) => {
        const shaped = graph.node("Reshape", [x, constant(graph, "int64", [1, -1, heads, headSize])])
        return graph.node("Transpose", [shaped], { attributes: { perm: [0, 2, 1, 3] } })
      }
      const extended = (x: Graph.Value, kind: "key" | "value") => {
        const fresh = split(x, keyValueHeads)
        if (!past) return fresh
        const shape = ["batch", keyValueHeads, "past", headSize]
        const before = graph.input(`past_key_values.${layer}.${kind}`, "float32", shape)
        const present = graph.node("Concat", [before, fresh], { attributes: { axis: 2 } })
        graph.output(`present.${layer}.${kind}`, present, "float32", ["batch", keyValueHeads, "total", headSize])
        return present
      }
      const inputs = [split(query, queryHeads), extended(key, "key"), extended(value, "value"), bias]
      const attended = graph.node("Attention", inputs, { attributes: { scale: { float: scale } } })
      const turned = graph.node("Transpose", [attended], { attributes: { perm: [0, 2, 1, 3] } })
      return graph.node("Reshape", [turned, constant(graph, "int64", [1, -1, queryHeads * headSize])])
    }
  }
  const logits = decoder.build(graph, form, weights)
  graph.output("logits", logits, "float32", ["batch", "rows", decoder.vocabularySize])
  return { bytes: graph.toBytes(), data: new Uint8Array(Buffer.concat(pieces)) }
}

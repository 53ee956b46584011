import { writeFileSync } from "node:fs"
import * as Graph from "../../src/onnx/graph.ts"
import { blockSize, blocks } from "./blocks.ts"
import { dataFile } from "./data_file.ts"
import type { Weights } from "./weights.ts"

/**
 * Writes a Llama as transformers.js takes it (inputs and outputs of a Hugging Face export), in the fastest operators of
 * onnxruntime: GroupQueryAttention over stacked projections, normalization fused with the sum before it, MatMulNBits
 * for 4 and 8 bits, and logits of the last token alone. Weights lie in the file `data` beside it.
 */
export const writeExportedLlama = (
  path: string,
  dataPath: string,
  { sizes, tensor }: Weights,
  dtype: "fp32" | "int8" | "int4"
): void => {
  const graph = Graph.make()
  const contributed = "com.microsoft" as const
  const { head_dim: head, hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers } = sizes
  const [heads, keyValueHeads] = [sizes.num_attention_heads, sizes.num_key_value_heads]
  const data = dataFile(dataPath)
  const weight = (name: string, shape: ReadonlyArray<number>, numbers: Float32Array<ArrayBuffer>) =>
    graph.weight(name, "float32", shape, data.write(numbers))
  const long = (value: number, shape: ReadonlyArray<number> = [1]) =>
    graph.weight(`long.${value}.${shape}`, "int64", shape, new Uint8Array(BigInt64Array.of(BigInt(value)).buffer))
  const node = graph.node

  const linear = (x: Graph.Value, names: ReadonlyArray<string>, inputs: number): Graph.Value => {
    const numbers = stacked(names.map((name) => tensor(`model.${name}.weight`)))
    const outputs = numbers.length / inputs
    const name = names.join("+")
    if (dtype === "fp32") {
      const attributes = { transB: 1 }
      // the head shares the embedding's numbers
      const given = name === "embed_tokens" ? "embed_tokens" : weight(name, [outputs, inputs], numbers)
      return node("FusedMatMul", [x, given], { domain: contributed, attributes })
    }
    const bits = dtype === "int4" ? 4 : 8
    const { codes, scales } = blocks(numbers, bits)
    const shape = [outputs, inputs / blockSize, (bits * blockSize) / 8]
    const quantized = graph.weight(`${name}.codes`, "uint8", shape, data.write(unsigned(codes, bits)))
    const scale = weight(`${name}.scales`, [outputs * (inputs / blockSize)], Float32Array.from(scales))
    const attributes = { K: inputs, N: outputs, bits, block_size: blockSize, accuracy_level: 4 }
    return node("MatMulNBits", [x, quantized, scale], { domain: contributed, attributes })
  }
  const normWeight = (name: string) => weight(name, [hidden], tensor(`model.${name}.weight`))
  const epsilon = { float: sizes.rms_norm_eps }
  const skipNorm = (sum: Graph.Value, added: Graph.Value, name: string) => {
    const outputs = [`${name}.normed`, "", "", `${name}.sum`] as const
    graph.nodes("SkipSimplifiedLayerNormalization", [sum, added, normWeight(name)], outputs, {
      domain: contributed,
      attributes: { epsilon }
    })
    return [outputs[0], outputs[3]] as const
  }

  const tokens = graph.input("input_ids", "int64", ["batch_size", "sequence_length"])
  const mask = graph.input("attention_mask", "int64", ["batch_size", "total_sequence_length"])
  const int = (x: Graph.Value) => node("Cast", [x], { attributes: { to: Graph.elementType.int32 } })
  const known = node("ReduceSum", [mask, long(1)], { attributes: { keepdims: 0 } })
  const lastPlace = int(node("Sub", [known, long(1)]))
  const total = int(node("Squeeze", [node("Shape", [mask], { attributes: { start: 1, end: 2 } })]))
  const [cosines, sines] = angles(sizes.max_position_embeddings, head).map((table, i) =>
    weight(["cosines", "sines"][i]!, [sizes.max_position_embeddings, head / 2], table)
  )

  const embedding = weight("embed_tokens", [sizes.vocab_size, hidden], tensor("model.embed_tokens.weight"))
  let sum = node("Gather", [embedding, tokens])
  let normed = node("SimplifiedLayerNormalization", [sum, normWeight("layers.0.input_layernorm")], {
    attributes: { axis: -1, epsilon, stash_type: 1 }
  })
  for (let i = 0; i < layers; i++) {
    const name = (part: string) => `layers.${i}.${part}`
    const projected = linear(
      normed,
      ["q_proj", "k_proj", "v_proj"].map((part) => name(`self_attn.${part}`)),
      hidden
    )
    const shape = ["batch_size", keyValueHeads, "past_sequence_length", head]
    const past = ["key", "value"].map((kind) => graph.input(`past_key_values.${i}.${kind}`, "float32", shape))
    const present = ["key", "value"].map((kind) => `layers.${i}.present.${kind}`)
    const inputs = [projected, "", "", ...past, lastPlace, total, cosines!, sines!]
    const attributes = {
      ...{ num_heads: heads, kv_num_heads: keyValueHeads, scale: { float: 1 / Math.sqrt(head) } },
      ...{ do_rotary: 1, rotary_interleaved: 0 }
    }
    const outputs = [name("attended"), ...present]
    graph.nodes("GroupQueryAttention", inputs, outputs, { domain: contributed, attributes })
    for (const [k, kind] of ["key", "value"].entries()) {
      graph.output(`present.${i}.${kind}`, present[k]!, "float32", shape.with(2, "total_sequence_length"))
    }
    const attended = linear(name("attended"), [name("self_attn.o_proj")], heads * head)
    const [between, sumBetween] = skipNorm(sum, attended, name("post_attention_layernorm"))
    const gate = linear(between, [name("mlp.gate_proj")], hidden)
    const up = linear(between, [name("mlp.up_proj")], hidden)
    const activated = node("Mul", [node("Mul", [gate, node("Sigmoid", [gate])]), up])
    const down = linear(activated, [name("mlp.down_proj")], inner)
    const next = i + 1 < layers ? `layers.${i + 1}.input_layernorm` : "norm"
    const after = skipNorm(sumBetween, down, next)
    normed = after[0]
    sum = after[1]
  }
  const kept = node("Reshape", [graph.input("num_logits_to_keep", "int64", []), long(1)])
  const last = node("Slice", [normed, node("Neg", [kept]), long(Number.MAX_SAFE_INTEGER), long(1)])
  const logits = linear(last, ["embed_tokens"], hidden)
  graph.output("logits", logits, "float32", ["batch_size", "num_logits", sizes.vocab_size])
  data.close()
  writeFileSync(path, graph.toBytes())
}

const stacked = (parts: ReadonlyArray<Float32Array<ArrayBuffer>>): Float32Array<ArrayBuffer> => {
  if (parts.length === 1) return parts[0]!
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Codes as MatMulNBits has them: around half of the range, two in a byte with 4 bits. */
const unsigned = (codes: Int8Array, bits: 4 | 8): Uint8Array => {
  if (bits === 8) return Uint8Array.from(codes, (code) => code + 128)
  const out = new Uint8Array(codes.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = (codes[2 * i]! + 8) | ((codes[2 * i + 1]! + 8) << 4)
  return out
}

/** Cosines and sines of the rotation of each pair at each place. */
const angles = (places: number, head: number): readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] => {
  const half = head / 2
  const [cosines, sines] = [new Float32Array(places * half), new Float32Array(places * half)]
  for (let place = 0; place < places; place++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(place * Math.fround(1 / Math.fround(10_000 ** ((2 * i) / head))))
      cosines[place * half + i] = Math.cos(angle)
      sines[place * half + i] = Math.sin(angle)
    }
  }
  return [cosines, sines]
}

import { blockSize, blocks } from "./blocks.ts"
import { type GgufTensor, ggufType, type MetadataValue, writeGguf } from "./gguf_file.ts"
import type { Weights } from "./weights.ts"

/** A number type of our table in the names of GGUF. */
const types = { fp32: "F32", int8: "Q8_0", int4: "Q4_0" } as const
const fileTypes = { fp32: 0, int8: 7, int4: 2 } as const

/** Writes a Llama for llama.cpp, with names for its tokens that llama.cpp takes and nobody reads. */
export const writeGgufLlama = (path: string, { sizes, tensor }: Weights, dtype: keyof typeof types): void => {
  const heads = sizes.num_attention_heads
  const keyValueHeads = sizes.num_key_value_heads
  const [hidden, head] = [sizes.hidden_size, sizes.head_dim]
  const norm = (name: string, from: string): GgufTensor => ({
    name: `${name}.weight`,
    sizes: [hidden],
    type: "F32",
    data: () => new Uint8Array(tensor(`model.${from}.weight`).buffer)
  })
  const matrix = (name: string, from: string, outputs: number, inputs: number, permuted?: number): GgufTensor => ({
    name: `${name}.weight`,
    sizes: [inputs, outputs],
    type: types[dtype],
    data: () => {
      const weights = tensor(`model.${from}.weight`)
      return packed(permuted === undefined ? weights : interleaved(weights, inputs, permuted), types[dtype])
    }
  })
  const layer = (i: number): ReadonlyArray<GgufTensor> => {
    const [to, from] = [`blk.${i}`, `layers.${i}`]
    return [
      norm(`${to}.attn_norm`, `${from}.input_layernorm`),
      matrix(`${to}.attn_q`, `${from}.self_attn.q_proj`, heads * head, hidden, heads),
      matrix(`${to}.attn_k`, `${from}.self_attn.k_proj`, keyValueHeads * head, hidden, keyValueHeads),
      matrix(`${to}.attn_v`, `${from}.self_attn.v_proj`, keyValueHeads * head, hidden),
      matrix(`${to}.attn_output`, `${from}.self_attn.o_proj`, hidden, heads * head),
      norm(`${to}.ffn_norm`, `${from}.post_attention_layernorm`),
      matrix(`${to}.ffn_gate`, `${from}.mlp.gate_proj`, sizes.intermediate_size, hidden),
      matrix(`${to}.ffn_up`, `${from}.mlp.up_proj`, sizes.intermediate_size, hidden),
      matrix(`${to}.ffn_down`, `${from}.mlp.down_proj`, hidden, sizes.intermediate_size)
    ]
  }
  const uint32 = (value: number) => ({ uint32: value })
  writeGguf(
    path,
    {
      "general.architecture": "llama",
      "general.name": "bench",
      "general.file_type": uint32(fileTypes[dtype]),
      "llama.vocab_size": uint32(sizes.vocab_size),
      "llama.context_length": uint32(sizes.max_position_embeddings),
      "llama.embedding_length": uint32(hidden),
      "llama.block_count": uint32(sizes.num_hidden_layers),
      "llama.feed_forward_length": uint32(sizes.intermediate_size),
      "llama.attention.head_count": uint32(heads),
      "llama.attention.head_count_kv": uint32(keyValueHeads),
      "llama.attention.key_length": uint32(head),
      "llama.attention.value_length": uint32(head),
      "llama.attention.layer_norm_rms_epsilon": { float32: sizes.rms_norm_eps },
      "llama.rope.dimension_count": uint32(head),
      "llama.rope.freq_base": { float32: 10_000 },
      ...vocabulary(sizes.vocab_size)
    },
    [
      matrix("token_embd", "embed_tokens", sizes.vocab_size, hidden),
      ...Array.from({ length: sizes.num_hidden_layers }, (_, i) => layer(i)).flat(),
      norm("output_norm", "norm")
    ]
  )
}

/** llama.cpp tokenizes a few texts when it loads: it needs a token for each byte, and some that have a role. */
const vocabulary = (size: number): Readonly<Record<string, MetadataValue>> => {
  const [unknown, control, byte, normal] = [2, 3, 6, 1] as const
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`)
  const named = ["<unk>", "<s>", "</s>", ...bytes]
  const rest = Array.from({ length: size - named.length }, (_, i) => `token${i}`)
  return {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": { strings: [...named, ...rest] },
    "tokenizer.ggml.token_type": {
      int32s: [unknown, control, control, ...bytes.map(() => byte), ...rest.map(() => normal)]
    },
    "tokenizer.ggml.bos_token_id": { uint32: 1 },
    "tokenizer.ggml.eos_token_id": { uint32: 2 },
    "tokenizer.ggml.unknown_token_id": { uint32: 0 }
  }
}

/** From halves that rotate together (Hugging Face) to neighbors that do (llama.cpp), within each head. */
const interleaved = (weights: Float32Array<ArrayBuffer>, inputs: number, heads: number): Float32Array<ArrayBuffer> => {
  const to = new Float32Array(weights.length)
  const head = weights.length / inputs / heads
  for (let row = 0; row < heads * head; row++) {
    const [begin, i] = [row - (row % head), row % head]
    const source = begin + (i % 2) * (head / 2) + Math.floor(i / 2)
    to.set(weights.subarray(source * inputs, (source + 1) * inputs), row * inputs)
  }
  return to
}

const packed = (weights: Float32Array<ArrayBuffer>, type: GgufTensor["type"]): Uint8Array => {
  if (type === "F32") return new Uint8Array(weights.buffer)
  const { codes, scales } = blocks(weights, type === "Q4_0" ? 4 : 8)
  const { bytes } = ggufType[type]
  const out = new Uint8Array(scales.length * bytes)
  const scaleBytes = new Uint8Array(scales.buffer)
  for (let block = 0; block < scales.length; block++) {
    const at = block * bytes
    out.set(scaleBytes.subarray(2 * block, 2 * block + 2), at)
    for (let i = 0; i < bytes - 2; i++) {
      const code = (place: number) => codes[block * blockSize + place]!
      // with 4 bits the second half of the block lies in the upper half of the bytes
      out[at + 2 + i] = type === "Q8_0" ? code(i) : (code(i) + 8) | ((code(i + blockSize / 2) + 8) << 4)
    }
  }
  return out
}

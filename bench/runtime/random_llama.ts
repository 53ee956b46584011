import { type Fill, layoutOf } from "../models/layout.ts"
import { type LlamaSizes, llamaTensors } from "../models/llama_tensors.ts"
import { writeModel } from "../models/write.ts"

/** Shapes of well-known models: stories15M and SmolLM2-135M. */
export const shapes = {
  "15M": sizes(288, 6, 6, 6, 48, 768, 32_000),
  "135M": sizes(576, 30, 9, 3, 64, 1_536, 49_152)
} as const

function sizes(
  hidden_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
  num_key_value_heads: number,
  head_dim: number,
  intermediate_size: number,
  vocab_size: number
): LlamaSizes {
  return {
    ...{ hidden_size, num_hidden_layers, num_attention_heads, num_key_value_heads },
    ...{ head_dim, intermediate_size, vocab_size }
  }
}

// to be counted up when the numbers change
const recipe = "1"

/** Writes a Llama with random weights (float32) into a folder, the same every time; one that is there is kept. */
export const randomLlama = (folder: string, shape: LlamaSizes): string => {
  const [width, inner] = [shape.hidden_size, shape.intermediate_size]
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    ...shape,
    hidden_act: "silu",
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-5,
    rope_parameters: { rope_theta: 10000, rope_type: "default" },
    rope_theta: 10000,
    tie_word_embeddings: true,
    attention_bias: false,
    mlp_bias: false,
    dtype: "float32",
    // no token ends a text
    ...{ bos_token_id: null, eos_token_id: null, pad_token_id: null }
  }
  // each layer adds about 1 to the stream, of which the embedding is a small part (else a token would call for
  // itself); attention is peaked; logits have a deviation of about 3
  const embedded = 0.05
  const tensors = llamaTensors(shape, {
    embedding: deviation(embedded),
    norm: { center: 1, spread: 0.2 },
    queryKey: deviation(2 / Math.sqrt(width)),
    value: deviation(1 / Math.sqrt(width)),
    attentionOut: deviation(1 / Math.sqrt(width)),
    gateUp: deviation(1 / Math.sqrt(width)),
    down: deviation(2 / Math.sqrt(inner)),
    finalNorm: { center: 3 / (embedded * Math.sqrt(width)), spread: 0.2 }
  })
  return writeModel(folder, layoutOf({ config, type: "F32", tensors, made: { made_by: recipe } }))
}

/** Evenly spread around zero with this standard deviation. */
function deviation(value: number): Fill {
  return { center: 0, spread: value * Math.sqrt(12) }
}

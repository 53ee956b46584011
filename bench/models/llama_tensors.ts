import type { Fill, MadeTensor } from "./layout.ts"

/** What of a Llama's config.json its tensors' shapes come from. Embeddings are tied. */
export interface LlamaSizes {
  readonly hidden_size: number
  readonly head_dim: number
  readonly intermediate_size: number
  readonly num_attention_heads: number
  readonly num_hidden_layers: number
  readonly num_key_value_heads: number
  readonly vocab_size: number
}

/** Which of a Llama's tensors a fill is for. */
export type Part = "embedding" | "norm" | "queryKey" | "value" | "attentionOut" | "gateUp" | "down" | "finalNorm"

/** The tensors of a Llama, in the order of its layers. */
export const llamaTensors = (sizes: LlamaSizes, fills: Readonly<Record<Part, Fill>>): ReadonlyArray<MadeTensor> => {
  const { head_dim: head, hidden_size: hidden, intermediate_size: inner } = sizes
  const queries = sizes.num_attention_heads * head
  const keyValues = sizes.num_key_value_heads * head
  const tensor = (name: string, part: Part, ...shape: ReadonlyArray<number>): MadeTensor => ({
    name: `model.${name}.weight`,
    shape,
    fill: fills[part]
  })
  const layer = (i: number): ReadonlyArray<MadeTensor> => [
    tensor(`layers.${i}.input_layernorm`, "norm", hidden),
    tensor(`layers.${i}.self_attn.q_proj`, "queryKey", queries, hidden),
    tensor(`layers.${i}.self_attn.k_proj`, "queryKey", keyValues, hidden),
    tensor(`layers.${i}.self_attn.v_proj`, "value", keyValues, hidden),
    tensor(`layers.${i}.self_attn.o_proj`, "attentionOut", hidden, queries),
    tensor(`layers.${i}.post_attention_layernorm`, "norm", hidden),
    tensor(`layers.${i}.mlp.gate_proj`, "gateUp", inner, hidden),
    tensor(`layers.${i}.mlp.up_proj`, "gateUp", inner, hidden),
    tensor(`layers.${i}.mlp.down_proj`, "down", hidden, inner)
  ]
  return [
    tensor("embed_tokens", "embedding", sizes.vocab_size, hidden),
    ...Array.from({ length: sizes.num_hidden_layers }, (_, i) => layer(i)).flat(),
    tensor("norm", "finalNorm", hidden)
  ]
}

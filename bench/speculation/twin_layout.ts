import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"

/** The folder of the model whose law the twin has. */
export const originalFolder = join(import.meta.dir, "../../src/embedded/tales")

/** One tensor of the twin. Where the original has it too, the original's numbers stand in its upper left corner. */
export interface TwinTensor {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  /** What stands around the original's numbers. */
  readonly fill: "noise" | "one" | "zero"
}

/** Everything about the twin but its numbers. */
export interface TwinLayout {
  /** The text of config.json. */
  readonly config: string
  readonly tensors: ReadonlyArray<TwinTensor>
  readonly parameters: number
  /** The first bytes of model.safetensors. They name what it is made of and how, so that an outdated twin shows. */
  readonly header: Uint8Array
}

const layers = 14
const inner = 11_712
// to be counted up when the numbers that twin.ts fills in change
const recipe = "2"

/** The number of elements of a tensor. */
export const sizeOf = ({ shape }: TwinTensor): number => shape.reduce((product, size) => product * size, 1)

/**
 * The layout of the twin: the original's with ten layers behind its four, and a feed-forward width of 11,712 in all.
 * What reads the residual stream is filled with noise, what writes to it with zeros: the added parameters cost what
 * any cost and add nothing.
 */
export const twinLayout = (): TwinLayout => {
  const original = JSON.parse(readFileSync(join(originalFolder, "config.json"), "utf8"))
  const config = { ...original, num_hidden_layers: layers, intermediate_size: inner }
  const hidden: number = config.hidden_size
  const queries: number = config.num_attention_heads * config.head_dim
  const keyValues: number = config.num_key_value_heads * config.head_dim
  const tensor = (name: string, fill: TwinTensor["fill"], ...shape: ReadonlyArray<number>): TwinTensor => ({
    name: `model.${name}.weight`,
    shape,
    fill
  })
  const layer = (i: number): ReadonlyArray<TwinTensor> => [
    tensor(`layers.${i}.input_layernorm`, "one", hidden),
    tensor(`layers.${i}.self_attn.q_proj`, "noise", queries, hidden),
    tensor(`layers.${i}.self_attn.k_proj`, "noise", keyValues, hidden),
    tensor(`layers.${i}.self_attn.v_proj`, "noise", keyValues, hidden),
    tensor(`layers.${i}.self_attn.o_proj`, "zero", hidden, queries),
    tensor(`layers.${i}.post_attention_layernorm`, "one", hidden),
    tensor(`layers.${i}.mlp.gate_proj`, "noise", inner, hidden),
    tensor(`layers.${i}.mlp.up_proj`, "noise", inner, hidden),
    tensor(`layers.${i}.mlp.down_proj`, "zero", hidden, inner)
  ]
  const tensors = [
    tensor("embed_tokens", "noise", config.vocab_size, hidden),
    ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
    tensor("norm", "one", hidden)
  ]
  return {
    config: JSON.stringify(config, undefined, 2),
    tensors,
    parameters: tensors.reduce((sum, one) => sum + sizeOf(one), 0),
    header: headerOf(tensors)
  }
}

const headerOf = (tensors: ReadonlyArray<TwinTensor>): Uint8Array => {
  const weights = readFileSync(join(originalFolder, "model.safetensors"))
  const entries: Record<string, unknown> = {
    __metadata__: { format: "pt", made_of: createHash("sha256").update(weights).digest("hex"), made_by: recipe }
  }
  let end = 0
  for (const tensor of tensors) {
    const begin = end
    end += 2 * sizeOf(tensor)
    entries[tensor.name] = { dtype: "F16", shape: tensor.shape, data_offsets: [begin, end] }
  }
  const text = JSON.stringify(entries)
  const header = new Uint8Array(8 + 8 * Math.ceil(text.length / 8)).fill(" ".charCodeAt(0))
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  header.set(new TextEncoder().encode(text), 8)
  return header
}

import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { floatTensors, noise, peftFiles } from "../onnx/peft_files.ts"

/** The folder of tales. */
export const talesFolder = join(import.meta.dir, "../../src/embedded/tales")

const config = JSON.parse(readFileSync(join(talesFolder, "config.json"), "utf8"))

const write = (folder: string, files: Readonly<Record<string, string | Uint8Array>>): string => {
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), data)
  }
  return folder
}

const queries = (seed: number) => {
  const { head_dim: head, hidden_size: inputs, num_attention_heads: heads } = config
  return peftFiles([{ name: "model.layers.0.self_attn.q_proj", inputs, outputs: heads * head }], seed)
}

/** Adapters for a model of the shape of tales: folders by name. */
export const standIns = (
  folder: string,
  under = "adapters",
  files: (seed: number) => Readonly<Record<string, string | Uint8Array>> = queries
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ["formality+", "formality-", "sentiment+", "sentiment-"].map((name, seed) => [
      name,
      write(join(folder, under, name), files(seed + 1))
    ])
  )

/** A reward head over the tokens of tales: a small Llama whose head is not its embedding. */
export const rewardStandIn = (folder: string): string => {
  const [size, inner, vocabularySize] = [8, 16, config.vocab_size as number]
  const layer = "model.layers.0"
  const shapes: Readonly<Record<string, ReadonlyArray<number>>> = {
    "model.embed_tokens.weight": [vocabularySize, size],
    [`${layer}.input_layernorm.weight`]: [size],
    [`${layer}.post_attention_layernorm.weight`]: [size],
    ...Object.fromEntries(["q", "k", "v", "o"].map((part) => [`${layer}.self_attn.${part}_proj.weight`, [size, size]])),
    ...Object.fromEntries(["gate", "up"].map((part) => [`${layer}.mlp.${part}_proj.weight`, [inner, size]])),
    [`${layer}.mlp.down_proj.weight`]: [size, inner],
    "model.norm.weight": [size],
    "lm_head.weight": [vocabularySize, size]
  }
  const tensors = Object.entries(shapes).map(([name, shape], seed) => ({
    name,
    shape,
    data: noise(
      shape.reduce((a, b) => a * b, 1),
      seed + 1
    ).map((x) => 2 * x)
  }))
  return write(join(folder, "reward"), {
    "config.json": JSON.stringify({
      ...config,
      ...{ hidden_size: size, intermediate_size: inner, num_hidden_layers: 1, head_dim: 4 },
      ...{ num_attention_heads: 2, num_key_value_heads: 2, tie_word_embeddings: false }
    }),
    "model.safetensors": floatTensors(tensors),
    ...Object.fromEntries(
      ["tokenizer.json", "tokenizer_config.json"].map((name) => [name, readFileSync(join(talesFolder, name), "utf8")])
    )
  })
}

import { activation } from "../activation.ts"
import { attention } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { parallel, preNorm, usualNorms } from "../layer.ts"
import { layerNorm } from "../normalization.ts"
import { plain } from "../perceptron.ts"
import { ropeOf } from "../rope.ts"
import { evenShape, type Heads } from "../shape.ts"
import { stack } from "../stack.ts"

/** GPT-NeoX and Pythia (`GPTNeoXForCausalLM`): attention and perceptron side by side, a part of each head turned. */
export const gptNeox: Family = (config) => {
  const hidden = config.size("hidden_size")
  const shape = evenShape({
    hidden,
    layers: config.size("num_hidden_layers"),
    vocabularySize: config.size("vocab_size"),
    queryHeads: config.size("num_attention_heads")
  })
  const { contextLength, rotary } = ropeOf(config, shape.headSize, {
    part: 0.25,
    names: { theta: "rotary_emb_base", part: "rotary_pct" }
  })
  const normalize = layerNorm(hidden, config.number("layer_norm_eps", 1e-5), { bias: true })
  const bias = config.boolean("attention_bias", true)
  const arranged = config.boolean("use_parallel_residual", true) ? parallel : preNorm
  return stack({
    base: "gpt_neox",
    embedding: "embed_in",
    layers: "layers",
    norm: "final_layer_norm",
    shape,
    contextLength,
    head: config.boolean("tie_word_embeddings", false) ? undefined : "embed_out.weight",
    normalize,
    layer: arranged({
      norms: usualNorms,
      normalize,
      attention: [
        "attention",
        attention(shape, {
          input: { inputs: hidden, outputs: { query_key_value: 3 * hidden }, bias, order: byKind(shape) },
          output: { inputs: hidden, outputs: { dense: hidden }, bias },
          rotary: () => rotary
        })
      ],
      perceptron: [
        "mlp",
        plain(
          {
            hidden,
            inner: config.size("intermediate_size"),
            activate: activation(config, "hidden_act", "gelu"),
            bias: true
          },
          { up: "dense_h_to_4h", down: "dense_4h_to_h" }
        )
      ]
    })
  })
}

/** Where the queries, keys and values of all heads stand: stored are those of the first head, of the second, …. */
const byKind = ({ headSize, queryHeads }: Heads): ReadonlyArray<number> =>
  Array.from({ length: 3 * queryHeads * headSize }, (_, i) => {
    const kind = Math.floor(i / (queryHeads * headSize))
    const head = Math.floor(i / headSize) % queryHeads
    return (3 * head + kind) * headSize + (i % headSize)
  })

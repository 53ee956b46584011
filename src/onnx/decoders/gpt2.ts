import { activation } from "../activation.ts"
import { attention } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { preNorm } from "../layer.ts"
import { layerNorm } from "../normalization.ts"
import { plain } from "../perceptron.ts"
import { evenShape } from "../shape.ts"
import { stack } from "../stack.ts"

/** GPT-2 (`GPT2LMHeadModel`): positions are embedded like tokens, and matrices stored `[inputs, outputs]`. */
export const gpt2: Family = (config) => {
  const hidden = config.size("n_embd")
  const contextLength = config.size("n_positions")
  const shape = evenShape({
    hidden,
    layers: config.size("n_layer"),
    vocabularySize: config.size("vocab_size"),
    queryHeads: config.size("n_head")
  })
  const normalize = layerNorm(hidden, config.number("layer_norm_epsilon", 1e-5), { bias: true })
  const scale = config.boolean("scale_attn_weights", true) ? 1 / Math.sqrt(shape.headSize) : 1
  const byLayer = config.boolean("scale_attn_by_inverse_layer_idx", false)
  const matrix = { inputs: hidden, bias: true, transposed: true }
  return stack({
    base: "transformer",
    embedding: "wte",
    layers: "h",
    norm: "ln_f",
    shape,
    contextLength,
    head: config.boolean("tie_word_embeddings", true) ? undefined : "lm_head.weight",
    normalize,
    embedded: ({ form, graph, name, weights }, tokens) => {
      const positions = weights.lookup(graph, name("wpe.weight"), [contextLength, hidden], form.positions)
      return graph.node("Add", [tokens, positions])
    },
    layer: preNorm({
      norms: ["ln_1", "ln_2"],
      normalize,
      attention: [
        "attn",
        attention(shape, {
          input: { ...matrix, outputs: { c_attn: 3 * hidden } },
          output: { ...matrix, outputs: { c_proj: hidden } },
          scale: (layer) => (byLayer ? scale / (layer + 1) : scale)
        })
      ],
      perceptron: [
        "mlp",
        plain(
          {
            hidden,
            inner: config.size("n_inner", 4 * hidden),
            activate: activation(config, "activation_function", "gelu_new"),
            bias: true
          },
          { up: "c_fc", down: "c_proj", transposed: true }
        )
      ]
    })
  })
}

import { activation } from "./activation.ts"
import { CheckpointError } from "./checkpoint_error.ts"
import type { Family } from "./decoder.ts"
import { type Residual, rmsNorm } from "./normalization.ts"
import { rotaryFrequencies } from "./rotary.ts"

/** Llama 1 to 3 and what follows their architecture (`LlamaForCausalLM`). */
export const llama: Family = (config) => {
  const hidden = config.size("hidden_size")
  const inner = config.size("intermediate_size")
  const layers = config.size("num_hidden_layers")
  const vocabularySize = config.size("vocab_size")
  const queryHeads = config.size("num_attention_heads")
  const keyValueHeads = config.size("num_key_value_heads", queryHeads)
  const headSize = config.size("head_dim", hidden / queryHeads)
  if (queryHeads % keyValueHeads !== 0 || headSize % 2 !== 0) {
    const came = `${queryHeads} heads, ${keyValueHeads} key-value heads of ${headSize}`
    throw new CheckpointError(`Cannot share heads in groups of one size, each of even size: config.json has ${came}`)
  }
  const epsilon = config.number("rms_norm_eps", 1e-6)
  const activate = activation(config.string("hidden_act", "silu"))
  const rotary = { frequencies: rotaryFrequencies(config, headSize) }
  const attentionBias = config.boolean("attention_bias", false)
  const mlpBias = config.boolean("mlp_bias", false)
  const head = config.boolean("tie_word_embeddings", false) ? "model.embed_tokens.weight" : "lm_head.weight"
  const [queryWidth, keyValueWidth] = [queryHeads * headSize, keyValueHeads * headSize]

  return {
    contextLength: config.size("max_position_embeddings"),
    vocabularySize,
    layers,
    keyValueWidth,
    build: (graph, form, weights) => {
      const embedded = weights.lookup(graph, "model.embed_tokens.weight", [vocabularySize, hidden], form.tokens)
      let residual: Residual = { sum: embedded }
      const norm = (name: string) => rmsNorm(graph, residual, weights.tensor(graph, name, [hidden]), epsilon)

      for (let layer = 0; layer < layers; layer++) {
        const prefix = `model.layers.${layer}`
        const project = (
          x: string,
          inputs: number,
          bias: boolean,
          ...outputs: ReadonlyArray<readonly [string, number]>
        ) =>
          weights.linear(graph, x, {
            parts: outputs.map(([part, size]) => ({ name: `${prefix}.${part}.weight`, outputs: size })),
            inputs,
            biases: bias ? outputs.map(([part]) => `${prefix}.${part}.bias`) : undefined
          })

        const before = norm(`${prefix}.input_layernorm.weight`)
        const projected = project(
          before.normed,
          hidden,
          attentionBias,
          ["self_attn.q_proj", queryWidth],
          ["self_attn.k_proj", keyValueWidth],
          ["self_attn.v_proj", keyValueWidth]
        )
        const scale = 1 / Math.sqrt(headSize)
        const attended = form.attend(layer, { projected, queryHeads, keyValueHeads, headSize, scale, rotary })
        residual = {
          sum: before.sum,
          added: project(attended, queryWidth, attentionBias, ["self_attn.o_proj", hidden])
        }

        const between = norm(`${prefix}.post_attention_layernorm.weight`)
        const gate = activate(graph, project(between.normed, hidden, mlpBias, ["mlp.gate_proj", inner]))
        const up = project(between.normed, hidden, mlpBias, ["mlp.up_proj", inner])
        const down = project(graph.node("Mul", [gate, up]), inner, mlpBias, ["mlp.down_proj", hidden])
        residual = { sum: between.sum, added: down }
      }
      const last = form.select(norm("model.norm.weight").normed)
      return weights.linear(graph, last, {
        parts: [{ name: head, outputs: vocabularySize }],
        inputs: hidden,
        head: true
      })
    }
  }
}

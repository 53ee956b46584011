import { activation } from "./activation.ts"
import { CheckpointError } from "./checkpoint_error.ts"
import { constant } from "./constants.ts"
import type { Family } from "./decoder.ts"
import { linear, stack } from "./linear.ts"
import { type Residual, rmsNorm } from "./normalization.ts"
import { rotary, rotaryFrequencies } from "./rotary.ts"
import { weightsOf } from "./weights.ts"

/** Llama 1 to 3 and what follows their architecture (`LlamaForCausalLM`). */
export const llama: Family = (config, checkpoint) => {
  const hidden = config.size("hidden_size")
  const inner = config.size("intermediate_size")
  const layers = config.size("num_hidden_layers")
  const vocabularySize = config.size("vocab_size")
  const heads = config.size("num_attention_heads")
  const keyValueHeads = config.size("num_key_value_heads", heads)
  const headSize = config.size("head_dim", hidden / heads)
  if (heads % keyValueHeads !== 0 || headSize % 2 !== 0) {
    const came = `${heads} heads, ${keyValueHeads} key-value heads of ${headSize}`
    throw new CheckpointError(`Cannot share heads in groups of one size, each of even size: config.json has ${came}`)
  }
  const epsilon = config.number("rms_norm_eps", 1e-6)
  const activate = activation(config.string("hidden_act", "silu"))
  const frequencies = rotaryFrequencies(config, headSize)
  const attentionBias = config.boolean("attention_bias", false)
  const mlpBias = config.boolean("mlp_bias", false)
  const tied = config.boolean("tie_word_embeddings", false)
  const [queryWidth, keyValueWidth] = [heads * headSize, keyValueHeads * headSize]

  return {
    contextLength: config.size("max_position_embeddings"),
    vocabularySize,
    layers,
    keyValueWidth,
    build: (graph, form) => {
      const weight = weightsOf(graph, checkpoint)
      const embedding = weight("model.embed_tokens.weight", [vocabularySize, hidden])
      const rotate = rotary(graph, form.positions, frequencies)
      const widths = constant(graph, "int64", [queryWidth, keyValueWidth, keyValueWidth])
      let residual: Residual = { sum: graph.node("Gather", [embedding, form.tokens]) }
      const norm = (name: string) => rmsNorm(graph, residual, weight(name, [hidden]), epsilon)

      for (let layer = 0; layer < layers; layer++) {
        const prefix = `model.layers.${layer}`
        const project = (
          x: string,
          parts: ReadonlyArray<string>,
          outputs: ReadonlyArray<number>,
          inputs: number,
          bias: boolean
        ) => {
          const all = (kind: string, shape: (i: number) => ReadonlyArray<number>) => {
            const values = parts.map((part, i) => weight(`${prefix}.${part}.${kind}`, shape(i)))
            return values.length === 1 ? values[0]! : stack(graph, values)
          }
          return linear(
            graph,
            x,
            all("weight", (i) => [outputs[i]!, inputs]),
            bias ? all("bias", (i) => [outputs[i]!]) : undefined
          )
        }

        const before = norm(`${prefix}.input_layernorm.weight`)
        const projections = ["q_proj", "k_proj", "v_proj"].map((part) => `self_attn.${part}`)
        const together = project(
          before.normed,
          projections,
          [queryWidth, keyValueWidth, keyValueWidth],
          hidden,
          attentionBias
        )
        const [query, key, value] = graph.nodes("Split", [together, widths], 3, { attributes: { axis: 2 } })
        const attended = form.attend(layer, {
          query: rotate(query!),
          key: rotate(key!),
          value: value!,
          queryHeads: heads,
          keyValueHeads,
          scale: 1 / Math.sqrt(headSize)
        })
        residual = {
          sum: before.sum,
          added: project(attended, ["self_attn.o_proj"], [hidden], queryWidth, attentionBias)
        }

        const between = norm(`${prefix}.post_attention_layernorm.weight`)
        const gate = activate(graph, project(between.normed, ["mlp.gate_proj"], [inner], hidden, mlpBias))
        const up = project(between.normed, ["mlp.up_proj"], [inner], hidden, mlpBias)
        const down = project(graph.node("Mul", [gate, up]), ["mlp.down_proj"], [hidden], inner, mlpBias)
        residual = { sum: between.sum, added: down }
      }
      const last = form.select(norm("model.norm.weight").normed)
      return linear(graph, last, tied ? embedding : weight("lm_head.weight", [vocabularySize, hidden]))
    }
  }
}

import { activation } from "../activation.ts"
import type { Config } from "../config.ts"
import { constant } from "../constants.ts"
import type { Graph, Value } from "../graph.ts"
import { labelsOf } from "../labels.ts"
import type { Weights } from "../weights.ts"
import { type EncoderFamily, type EncoderForm, inOrder } from "./encoder.ts"
import { checkHeads, dense, encoderLayers, type LayerShape, layerNorm } from "./layers.ts"

/** BERT with its pooler and one linear layer as the head (`BertForSequenceClassification`). */
export const bert: EncoderFamily = (config) => {
  const { count, hidden, layers, positions, vocabularySize } = bertLayers(config, "bert")
  const labels = labelsOf(config).length
  return {
    contextLength: positions,
    vocabularySize,
    layers: count,
    labels,
    positions: inOrder,
    build: (graph, form, weights) => {
      const first = layers(graph, form, weights)
      const pooled = graph.node("Tanh", [dense(graph, weights, first, "bert.pooler.dense", hidden, hidden)])
      return dense(graph, weights, pooled, "classifier", hidden, labels)
    }
  }
}

/** What BERT and RoBERTa have in common: three embeddings and the layers, with names that begin with `prefix`. `layers` give the first token of each text. */
export const bertLayers = (config: Config, prefix: string) => {
  const shape: LayerShape = {
    hidden: config.size("hidden_size"),
    inner: config.size("intermediate_size"),
    heads: config.size("num_attention_heads"),
    epsilon: config.number("layer_norm_eps", 1e-12),
    activate: activation(config, "hidden_act", "gelu")
  }
  checkHeads(shape)
  const { epsilon, hidden } = shape
  const count = config.size("num_hidden_layers")
  const kinds = config.size("type_vocab_size")
  const positions = config.size("max_position_embeddings")
  const vocabularySize = config.size("vocab_size")
  const embeddings = `${prefix}.embeddings`
  return {
    count,
    hidden,
    positions,
    vocabularySize,
    layers: (graph: Graph, form: EncoderForm, weights: Weights): Value => {
      const look = (name: string, rows: number, places: Value) =>
        weights.lookup(graph, `${embeddings}.${name}.weight`, [rows, hidden], places)
      const words = look("word_embeddings", vocabularySize, form.tokens)
      // a text by itself is all of the first kind
      const kind = look("token_type_embeddings", kinds, constant(graph, "int64", [0], [1, 1]))
      const placed = look("position_embeddings", positions, form.positions)
      const embedded = layerNorm(
        graph,
        weights,
        [graph.node("Add", [words, kind]), placed],
        `${embeddings}.LayerNorm`,
        hidden,
        epsilon
      )
      const names = Array.from({ length: count }, (_, i) => namesOf(`${prefix}.encoder.layer.${i}`))
      return encoderLayers(graph, form, weights, embedded, names, shape)
    }
  }
}

const namesOf = (layer: string) => ({
  query: `${layer}.attention.self.query`,
  key: `${layer}.attention.self.key`,
  value: `${layer}.attention.self.value`,
  attended: `${layer}.attention.output.dense`,
  attentionNorm: `${layer}.attention.output.LayerNorm`,
  inner: `${layer}.intermediate.dense`,
  outer: `${layer}.output.dense`,
  outerNorm: `${layer}.output.LayerNorm`
})

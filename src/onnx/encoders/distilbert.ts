import { activation } from "../activation.ts"
import { labelsOf } from "../labels.ts"
import { type EncoderFamily, inOrder } from "./encoder.ts"
import { checkHeads, dense, encoderLayers, type LayerShape, layerNorm } from "./layers.ts"

/** DistilBERT: BERT without kinds of text, and a head of two layers (`DistilBertForSequenceClassification`). */
export const distilbert: EncoderFamily = (config) => {
  const shape: LayerShape = {
    hidden: config.size("dim"),
    inner: config.size("hidden_dim"),
    heads: config.size("n_heads"),
    epsilon: 1e-12,
    activate: activation(config, "activation", "gelu")
  }
  checkHeads(shape)
  const { epsilon, hidden } = shape
  const layers = config.size("n_layers")
  const contextLength = config.size("max_position_embeddings")
  const vocabularySize = config.size("vocab_size")
  const labels = labelsOf(config).length
  return {
    contextLength,
    vocabularySize,
    layers,
    labels,
    positions: inOrder,
    build: (graph, form, weights) => {
      const embeddings = "distilbert.embeddings"
      const look = (name: string, rows: number, places: string) =>
        weights.lookup(graph, `${embeddings}.${name}.weight`, [rows, hidden], places)
      const words = look("word_embeddings", vocabularySize, form.tokens)
      const placed = look("position_embeddings", contextLength, form.positions)
      const embedded = layerNorm(graph, weights, [words, placed], `${embeddings}.LayerNorm`, hidden, epsilon)
      const names = Array.from({ length: layers }, (_, i) => namesOf(`distilbert.transformer.layer.${i}`))
      const first = encoderLayers(graph, form, weights, embedded, names, shape)
      const inner = dense(graph, weights, first, "pre_classifier", hidden, hidden)
      return dense(graph, weights, graph.node("Relu", [inner]), "classifier", hidden, labels)
    }
  }
}

const namesOf = (layer: string) => ({
  query: `${layer}.attention.q_lin`,
  key: `${layer}.attention.k_lin`,
  value: `${layer}.attention.v_lin`,
  attended: `${layer}.attention.out_lin`,
  attentionNorm: `${layer}.sa_layer_norm`,
  inner: `${layer}.ffn.lin1`,
  outer: `${layer}.ffn.lin2`,
  outerNorm: `${layer}.output_layer_norm`
})

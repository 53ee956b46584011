import { CheckpointError } from "../checkpoint_error.ts"
import { labelsOf } from "../labels.ts"
import { bertLayers } from "./bert.ts"
import type { EncoderFamily } from "./encoder.ts"
import { dense } from "./layers.ts"

/**
 * RoBERTa, and XLM-RoBERTa, which is the same on other data: BERT with a head of two layers
 * (`RobertaForSequenceClassification`). Places count from after the padding token's id, over all tokens but padding.
 */
export const roberta: EncoderFamily = (config) => {
  const { count, hidden, layers, positions, vocabularySize } = bertLayers(config, "roberta")
  const labels = labelsOf(config).length
  const padding = config.number("pad_token_id", 1)
  if (!Number.isInteger(padding) || padding < 0 || positions <= padding + 1) {
    throw new CheckpointError(`Cannot count places after the pad_token_id ${padding}: there are ${positions}`)
  }
  return {
    contextLength: positions - padding - 1,
    vocabularySize,
    layers: count,
    labels,
    positions: (tokens) => {
      let place = padding
      return Array.from(tokens, (token) => (token === padding ? padding : ++place))
    },
    build: (graph, form, weights) => {
      const first = layers(graph, form, weights)
      const inner = graph.node("Tanh", [dense(graph, weights, first, "classifier.dense", hidden, hidden)])
      return dense(graph, weights, inner, "classifier.out_proj", hidden, labels)
    }
  }
}

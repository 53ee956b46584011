import type { Config } from "./config.ts"
import type { Decoder } from "./decoder.ts"
import { families } from "./families.ts"
import { labelsOf } from "./labels.ts"
import { readingAll } from "./reading_all.ts"
import type { Weights } from "./weights.ts"

/** Classifiers that differ from a decoder by their head alone. */
const scored: Readonly<Record<string, string>> = {
  LlamaForSequenceClassification: "LlamaForCausalLM",
  MistralForSequenceClassification: "MistralForCausalLM",
  Qwen2ForSequenceClassification: "Qwen2ForCausalLM",
  Qwen3ForSequenceClassification: "Qwen3ForCausalLM",
  Phi3ForSequenceClassification: "Phi3ForCausalLM",
  SmolLM3ForSequenceClassification: "SmolLM3ForCausalLM",
  GPT2ForSequenceClassification: "GPT2LMHeadModel",
  GPTNeoXForSequenceClassification: "GPTNeoXForCausalLM",
  MptForSequenceClassification: "MptForCausalLM"
}

/** The names in config.json of the classifiers on decoders that can be built. */
export const scoredDecoders: ReadonlyArray<string> = Object.keys(scored).filter((name) =>
  Object.hasOwn(families, scored[name]!)
)

/**
 * The decoder with a classification head that config.json describes (`LlamaForSequenceClassification` and kin), or
 * `undefined` where it describes none: its rows are logits of labels, which `score.weight` makes of the hidden state of
 * the last token where the decoder alone has its head. Errors: throws `CheckpointError`.
 */
export const scoredDecoderOf = (config: Config): Decoder | undefined => {
  const known = config.strings("architectures").find((name) => scoredDecoders.includes(name))
  if (known === undefined) return undefined
  const decoder = readingAll(families[scored[known]!]!)(config)
  const labels = labelsOf(config).length
  return {
    ...decoder,
    vocabularySize: labels,
    build: (graph, form, weights) => decoder.build(graph, form, withScore(weights, labels))
  }
}

/** The same weights, but the head is `score.weight`. */
const withScore = (weights: Weights, labels: number): Weights => ({
  ...weights,
  linear: (graph, x, matrix) => {
    const score = { parts: [{ name: "score.weight", outputs: labels }], inputs: matrix.inputs, head: true }
    return weights.linear(graph, x, matrix.head ? score : matrix)
  }
})

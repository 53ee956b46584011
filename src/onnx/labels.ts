import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"

/** How the logits of a head become the probability of a label: of one label among all, or of each for itself. */
export type Probabilities = "softmax" | "sigmoid"

/** The names of a classifier's labels, in the order of its logits; config.json leaves them out where there are two. */
export const labelsOf = (config: Config): ReadonlyArray<string> => {
  if (!config.has("id2label")) return Array.from({ length: config.size("num_labels", 2) }, (_, i) => `LABEL_${i}`)
  const named = config.section("id2label")
  const labels: Array<string> = []
  while (named.has(`${labels.length}`)) labels.push(named.string(`${labels.length}`))
  if (labels.length > 0) return labels
  throw new CheckpointError("Cannot read id2label of config.json as the names of labels: it has none for 0")
}

/**
 * What config.json says the logits mean, as the pipelines of transformers read it: several labels of which each may
 * hold, and a single one, are sigmoids. Errors: throws `CheckpointError` for a regression, which has no probabilities.
 */
export const probabilitiesOf = (config: Config): Probabilities => {
  const problem = config.string("problem_type", "")
  if (problem === "regression") {
    throw new CheckpointError("Cannot classify with a regression: its output is a number, no probability of a label")
  }
  return problem === "multi_label_classification" || labelsOf(config).length === 1 ? "sigmoid" : "softmax"
}

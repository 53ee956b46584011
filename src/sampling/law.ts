import { type Probs, type Row, RowProblem } from "../logits/row.ts"
import { argmax } from "../logits/selection.ts"
import { logSumExp, softmax } from "../logits/softmax.ts"
import { truncatedProbs } from "../logits/truncation.ts"
import type { SamplingOptions } from "./options.ts"
import { type History, hasPenalties, penalize } from "./penalties.ts"

/** What a token is drawn from, and the formula's own law behind it. */
export interface Law {
  /** The law drawn from: after bias, penalties, temperature and truncation. */
  readonly probs: Probs
  /** The formula's scores, divided by the weight. */
  readonly scores: Row
  /** The log-sum-exp of `scores`: `scores[token] - logZ` is the formula's log-probability, before sampling options. */
  readonly logZ: number
}

/**
 * Applies the sampling options to a formula's scores at one position. It is a function of the scores and of the text so
 * far, so it is part of the law that every stage of a speculative run has to keep.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Sampling } from "polylogit"
 *
 * const law = Sampling.law(Float32Array.of(0, 1, 1), { temperature: 0 }, { prompt: [], completion: [] })
 * deepEqual("probs" in law && law.probs, Float64Array.of(0, 1, 0))
 * ```
 */
export const law = (scores: Row, options: SamplingOptions, history: History): Law | RowProblem => {
  if (isPlain(options)) {
    const plain = softmax(scores)
    return plain instanceof RowProblem ? plain : { probs: plain.probs, scores, logZ: plain.logZ }
  }
  const logZ = logSumExp(scores)
  if (typeof logZ !== "number") return logZ
  const adjusted = hasPenalties(options) ? penalize(scores, options, history) : scores
  const probs = adjusted instanceof RowProblem ? adjusted : tempered(adjusted, options)
  return probs instanceof RowProblem ? probs : { probs, scores, logZ }
}

/** Whether the options leave every law as it is. */
const isPlain = (options: SamplingOptions): boolean =>
  (options.temperature ?? 1) === 1 && !isTruncated(options) && !hasPenalties(options)

const isTruncated = ({ minP = 0, topK = 0, topP = 1, typicalP = 1 }: SamplingOptions): boolean =>
  topK > 0 || topP < 1 || typicalP < 1 || minP > 0

const tempered = (scores: Row, options: SamplingOptions): Probs | RowProblem => {
  const { temperature = 1 } = options
  if (temperature === 0) {
    const probs = new Float64Array(scores.length)
    probs[argmax(scores)] = 1
    return probs
  }
  return truncatedProbs(scores, options)
}

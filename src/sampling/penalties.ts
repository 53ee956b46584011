import { type Row, RowProblem } from "../logits/row.ts"
import { logSoftmax } from "../logits/softmax.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { SamplingOptions } from "./options.ts"

/** The tokens that penalties look at. A term's own prompt is not among them. */
export interface History {
  /** The user's prompt: the repetition penalty sees it. */
  readonly prompt: ReadonlyArray<TokenId>
  /** What was generated so far: every penalty sees it. */
  readonly completion: ReadonlyArray<TokenId>
}

/** Whether any option changes single tokens. */
export const hasPenalties = (options: SamplingOptions): boolean =>
  (options.repetitionPenalty ?? 1) !== 1 ||
  (options.presencePenalty ?? 0) !== 0 ||
  (options.frequencyPenalty ?? 0) !== 0 ||
  Object.keys(options.logitBias ?? {}).length > 0

/**
 * Logit bias, then the repetition penalty, then presence and frequency. The repetition penalty multiplies
 * log-probabilities (with the bias): a negative one is multiplied, one that a bias made positive is divided. It is
 * therefore not invariant to shifts, and is applied to the formula's normalized law.
 *
 * Source: repetition arXiv:1909.05858, section 4.1; presence and frequency as in the OpenAI API.
 */
export const penalize = (scores: Row, options: SamplingOptions, history: History): Float64Array | RowProblem => {
  const out = logSoftmax(scores)
  if (out instanceof RowProblem) return out
  const { frequencyPenalty = 0, logitBias = {}, presencePenalty = 0, repetitionPenalty = 1 } = options
  for (const [token, bias] of Object.entries(logitBias)) if (Number(token) < out.length) out[Number(token)]! += bias
  if (repetitionPenalty !== 1) {
    for (const token of new Set([...history.prompt, ...history.completion])) {
      const x = out[token]!
      out[token] = x < 0 ? x * repetitionPenalty : x / repetitionPenalty
    }
  }
  if (presencePenalty !== 0) for (const token of new Set(history.completion)) out[token]! -= presencePenalty
  if (frequencyPenalty !== 0) for (const token of history.completion) out[token]! -= frequencyPenalty
  return out
}

import * as Effect from "effect/Effect"
import { klDivergence } from "../logits/divergence.ts"
import { largest } from "../logits/largest.ts"
import { RowProblem } from "../logits/row.ts"
import { softmax } from "../logits/softmax.ts"
import { type LanguageModel, ModelError } from "../model/language_model.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"

/** What the rows of a model lose when its weights are quantized. */
export interface QuantizationLoss {
  /** How many rows were compared: one after each token of the contexts. */
  readonly rows: number
  /** Of the quantized law from that of the reference, the mean of all rows and the largest. Units: nats a token. */
  readonly klDivergence: number
  readonly largestKlDivergence: number
  /** The largest difference of two logits. */
  readonly logitDifference: number
  /** Share of the rows in which the same token is the likeliest. */
  readonly agreement: number
}

/** So many rows of a context are asked for at once. */
const stretch = 64

/**
 * Compares a quantized model with the same model in float32, after every token of some contexts.
 *
 * Errors: `ModelError`, also where the models have different vocabularies or there is no token.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Backends, LanguageModel } from "polylogit"
 *
 * const exact = LanguageModel.fromFunction(2, () => [0, 0])
 * const quantized = LanguageModel.fromFunction(2, () => [0, Math.log(3)])
 * const loss = await Effect.runPromise(Backends.measureQuantization(exact, quantized, [[0, 1]]))
 * // one half each against 1/4 and 3/4
 * equal(loss.klDivergence.toFixed(6), (0.5 * Math.log(2) + 0.5 * Math.log(2 / 3)).toFixed(6))
 * ```
 */
export const measureQuantization = (
  reference: LanguageModel,
  quantized: LanguageModel,
  contexts: ReadonlyArray<ReadonlyArray<TokenId>>
): Effect.Effect<QuantizationLoss, ModelError> =>
  Effect.gen(function* () {
    const refuse = (what: string) =>
      new ModelError({
        model: quantized.name,
        message: `Cannot compare ${quantized.name} with ${reference.name}: ${what}`
      })
    if (reference.vocabulary.size !== quantized.vocabulary.size) {
      return yield* refuse(`they have ${quantized.vocabulary.size} and ${reference.vocabulary.size} tokens`)
    }
    let [rows, sum, most, difference, agreed] = [0, 0, 0, 0, 0]
    for (const context of contexts) {
      for (let from = 1; from <= context.length; from += stretch) {
        const request = { context: context.slice(0, from + stretch - 1), from }
        const both = yield* Effect.all([reference.score([request]), quantized.score([request])])
        const [exact, near] = both.map(([own]) => own!) as [ReadonlyArray<Float32Array>, ReadonlyArray<Float32Array>]
        for (const [i, row] of exact.entries()) {
          const other = near[i]!
          const laws = [softmax(row), softmax(other)] as const
          if (laws[0] instanceof RowProblem || laws[1] instanceof RowProblem) {
            return yield* refuse(`after ${from + i} tokens one of them gives no law`)
          }
          const divergence = klDivergence(laws[0].probs, laws[1].probs)
          rows++
          sum += divergence
          most = Math.max(most, divergence)
          difference = Math.max(difference, farthest(row, other))
          agreed += largest(row, 1)[0] === largest(other, 1)[0] ? 1 : 0
        }
      }
    }
    if (rows === 0) return yield* refuse("there is no context with a token")
    return {
      rows,
      klDivergence: sum / rows,
      largestKlDivergence: most,
      logitDifference: difference,
      agreement: agreed / rows
    }
  })

const farthest = (a: Float32Array, b: Float32Array): number => {
  let most = 0
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

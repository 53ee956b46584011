import * as Effect from "effect/Effect"
import type { LanguageModel, ModelError } from "../../src/model/language_model.ts"

/**
 * The largest difference of two models' logits over all rows of fifty random contexts of 1 to 64 tokens. The twin's
 * from the original's must be rounding alone: below 1e-4.
 */
export const deviation = (
  original: LanguageModel,
  twin: LanguageModel,
  count = 50
): Effect.Effect<number, ModelError> => {
  let x = 7
  const below = (bound: number): number => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return Math.floor((x / 2 ** 32) * bound)
  }
  const requests = Array.from({ length: count }, () => ({
    context: Array.from({ length: 1 + below(64) }, () => below(original.vocabulary.size)),
    from: 1
  }))
  return Effect.gen(function* () {
    const [left, right] = [yield* original.score(requests), yield* twin.score(requests)]
    let largest = 0
    for (const [i, rows] of left.entries()) {
      for (const [j, row] of rows.entries()) {
        const other = right[i]![j]!
        for (let token = 0; token < row.length; token++) {
          largest = Math.max(largest, Math.abs(row[token]! - other[token]!))
        }
      }
    }
    return largest
  })
}

import * as Semaphore from "effect/Semaphore"
import type { LanguageModel } from "../../src/mod.ts"

/**
 * A model whose terms are run one after another, never packed: what a formula costs where each term is a run of its own.
 * Each call gives another view of the same weights.
 */
export const alone = (model: LanguageModel.LanguageModel): (() => LanguageModel.LanguageModel) => {
  const turn = Semaphore.makeUnsafe(1)
  let views = 0
  return () => ({
    ...model,
    weights: `${model.weights} alone ${views++}`,
    score: (requests) => turn.withPermits(1)(model.score(requests))
  })
}

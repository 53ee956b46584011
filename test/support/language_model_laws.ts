import { afterAll, beforeAll, describe, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { LanguageModel } from "../../src/model/language_model.ts"
import { languageModelLaws as laws } from "../../src/testing/laws/language_model.ts"

export { rowDistance } from "../../src/testing/laws/asking.ts"

/**
 * What every language model must do, whatever it runs on, as tests. `tolerance` is the largest difference between rows
 * that ought to be equal: 0 for models that compute nothing.
 */
export const languageModelLaws = <E>(
  name: string,
  open: () => Effect.Effect<LanguageModel, E, Scope.Scope>,
  options: { readonly tolerance: number; readonly numRuns?: number }
): void =>
  describe(`${name} is a language model`, () => {
    const scope = Scope.makeUnsafe()
    let model: LanguageModel
    beforeAll(async () => {
      model = await Effect.runPromise(Scope.provide(open(), scope))
    }, 60_000)
    afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

    for (const law of laws) test(law.name, () => Effect.runPromise(law.holds(model, options)), 60_000)
  })

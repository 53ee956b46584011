import * as Effect from "effect/Effect"
import type { LanguageModel, Variant } from "../../../../src/model/language_model.ts"
import { languageModelLaws } from "../../../support/language_model_laws.ts"
import { cases, open } from "./golden.ts"

/** The model with every request in that variant. */
const always =
  (variant: Variant) =>
  (model: LanguageModel): LanguageModel => ({
    ...model,
    score: (requests) => model.score(requests.map((request) => ({ ...request, variant })))
  })

/** The model with requests in turn in three variants by the first token of their contexts: a function of the context. */
const byFirst = (model: LanguageModel): LanguageModel => ({
  ...model,
  score: (requests) =>
    model.score(
      requests.map((request) => ({ ...request, variant: cases[3 * ((request.context[0] ?? 0) % 8)]?.variant }))
    )
})

const blend = cases[15]!.variant
const options = { tolerance: 2e-5, numRuns: 10 }
for (const given of [{ engine: "c-api" }, { engine: "binding" }, { mergeAfter: 8 }] as const) {
  languageModelLaws(
    `a blend of adapters, ${JSON.stringify(given)},`,
    () => Effect.map(open(given), always(blend)),
    options
  )
}
for (const given of [{ engine: "c-api" }, { thread: "worker" }] as const) {
  languageModelLaws(`variants in turn, ${JSON.stringify(given)},`, () => Effect.map(open(given), byFirst), options)
}

import * as Effect from "effect/Effect"
import { refuseAdapters } from "../interpolation/variant.ts"
import type { LanguageModel } from "../model/language_model.ts"
import { type ModelLoadError, Models } from "../model/models.ts"
import { FormulaError } from "./errors.ts"
import type { Any, ModelNode, ModelReference } from "./formula.ts"
import { excerpt } from "./syntax/print.ts"

/**
 * The model of a leaf. Errors: `ModelLoadError` of whoever provides models; `FormulaError` where the leaf mixes
 * adapters that the model does not have.
 */
export const findModel = (leaf: Any & ModelNode): Effect.Effect<LanguageModel, FormulaError | ModelLoadError, Models> =>
  Effect.flatMap(find(leaf.model), (model): Effect.Effect<LanguageModel, FormulaError> => {
    const problem = leaf.mix && refuseAdapters(leaf.mix, model)
    if (problem === undefined) return Effect.succeed(model)
    const part = excerpt(leaf)
    return Effect.fail(new FormulaError({ part, message: `${problem}: ${part}` }))
  })

const find = (reference: ModelReference): Effect.Effect<LanguageModel, ModelLoadError, Models> =>
  typeof reference === "object" ? Effect.succeed(reference) : Models.use((models) => models.get(reference))

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { LanguageModel } from "./language_model.ts"

/** A model's name, folder or file could not be turned into a model. */
export class ModelLoadError extends Schema.TaggedError<ModelLoadError>()("ModelLoadError", {
  model: Schema.String,
  message: Schema.String
}) {}

/**
 * Where formulas find the models that they name. `get(undefined)` is the default model, which `model()` and
 * `prompt("…")` stand for. Models are loaded when first asked for, once, and released with the layer.
 */
export class Models extends Context.Service<
  Models,
  { readonly get: (name: string | undefined) => Effect.Effect<LanguageModel, ModelLoadError> }
>()("polylogit/model/Models") {}

const own = (models: Readonly<Record<string, LanguageModel>>, name: string): LanguageModel | undefined =>
  Object.hasOwn(models, name) ? models[name] : undefined

/**
 * Provides models that are there already: for tests, examples and models of your own. The first is the default.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { LanguageModel } from "polylogit"
 *
 * const layer = LanguageModel.layerOf({ coin: LanguageModel.uniform(2) })
 * const size = LanguageModel.Models.use((models) => models.get("coin")).pipe(Effect.map((m) => m.vocabulary.size))
 * deepEqual(await Effect.runPromise(Effect.provide(size, layer)), 2)
 * ```
 */
export const layerOf = (models: Readonly<Record<string, LanguageModel>>): Layer.Layer<Models> =>
  Layer.succeed(Models, {
    get: (name) => {
      const found = name === undefined ? Object.values(models)[0] : own(models, name)
      return found !== undefined
        ? Effect.succeed(found)
        : Effect.fail(
            new ModelLoadError({
              model: name ?? "",
              message: `Cannot find a model named ${JSON.stringify(name)}: there are ${Object.keys(models).join(", ")}`
            })
          )
    }
  })

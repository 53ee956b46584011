import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ModelLoadError } from "./models.ts"
import type { TextClassifier } from "./text_classifier.ts"

/** Where formulas find the classifiers that they name. */
export class Classifiers extends Context.Service<
  Classifiers,
  { readonly get: (name: string) => Effect.Effect<TextClassifier, ModelLoadError> }
>()("polylogit/model/Classifiers") {}

/**
 * Provides classifiers that are there already.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { LanguageModel } from "polylogit"
 *
 * const even = LanguageModel.makeClassifier({
 *   name: "even",
 *   labels: ["odd", "even"],
 *   run: (texts) => Effect.succeed(texts.map(({ length }) => Float32Array.of(length % 2, 1 - (length % 2))))
 * })
 * const labels = LanguageModel.Classifiers.use((all) => all.get("even")).pipe(Effect.map((found) => found.labels))
 * const layer = LanguageModel.layerOfClassifiers({ even })
 * deepEqual(await Effect.runPromise(Effect.provide(labels, layer)), ["odd", "even"])
 * ```
 */
export const layerOfClassifiers = (classifiers: Readonly<Record<string, TextClassifier>>): Layer.Layer<Classifiers> =>
  Layer.succeed(Classifiers, {
    get: (name) =>
      Object.hasOwn(classifiers, name)
        ? Effect.succeed(classifiers[name]!)
        : Effect.fail(
            new ModelLoadError({
              model: name,
              message: `Cannot find a classifier named ${JSON.stringify(name)}: there are ${Object.keys(classifiers).join(", ")}`
            })
          )
  })

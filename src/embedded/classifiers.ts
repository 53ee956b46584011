import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { readConfig } from "../backends/onnxruntime/folder.ts"
import { type ClassifierOptions, openClassifier } from "../backends/open_classifier.ts"
import { readVocabulary } from "../backends/open_model.ts"
import { Classifiers } from "../model/classifiers.ts"
import { ModelLoadError } from "../model/models.ts"
import { openOnce } from "../model/open_once.ts"
import type { TextClassifier } from "../model/text_classifier.ts"
import { labelsOf } from "../onnx/labels.ts"
import { isPlace } from "./is_place.ts"

/** A text classifier that ships with the package. */
export interface EmbeddedClassifier {
  readonly name: string
  readonly description: string
  /** In the order of its rows. */
  readonly labels: ReadonlyArray<string>
  readonly open: (
    options?: Omit<ClassifierOptions, "name">
  ) => Effect.Effect<TextClassifier, ModelLoadError, Scope.Scope>
}

/** A classifier of a folder under a name; its labels are those of config.json. `tokenizer`: whose tokenizer it reads with. */
export const embeddedClassifier = (
  name: string,
  description: string,
  folder: string,
  { tokenizer = folder }: { readonly tokenizer?: string } = {}
): EmbeddedClassifier => ({
  name,
  description,
  get labels() {
    return existsSync(join(folder, "config.json")) ? labelsOf(readConfig(folder)) : []
  },
  open: (options) =>
    Effect.flatMap(readVocabulary(name, tokenizer), (vocabulary) =>
      openClassifier(folder, { ...options, name, ...(vocabulary && { vocabulary }) })
    )
})

const shipped = (name: string, description: string) =>
  embeddedClassifier(name, description, join(import.meta.dir, "classifiers", name), {
    tokenizer: join(import.meta.dir, "tales")
  })

/** The text classifiers that ship with the package. */
export const embeddedClassifiers: ReadonlyArray<EmbeddedClassifier> = [
  shipped("sentiment", "whether a text is positive or negative: small, to steer with"),
  shipped("style", "the style of a text: small, to steer with"),
  shipped(
    "attributes-judge",
    "sentiment, formality, simplicity and politeness, learned apart from all that steers: to judge"
  ),
  shipped("style-judge", "style, learned from texts that no other model saw: to judge")
]

/** How classifiers are found and run. */
export interface EmbeddedClassifierOptions extends Omit<ClassifierOptions, "name"> {
  /** Those that have names. Default: the ones that ship. */
  readonly classifiers?: ReadonlyArray<EmbeddedClassifier>
}

/**
 * Classifiers by name: the ones that ship with the package, and any folder in the Hugging Face layout by its path. Each is
 * loaded when a formula first asks for it, once, and released with the layer.
 *
 * @example
 * ```ts
 * import { match } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Embedded, LanguageModel } from "polylogit"
 *
 * const unknown = LanguageModel.Classifiers.use((all) => all.get("sentimint"))
 * const error = await Effect.runPromise(Effect.flip(Effect.provide(unknown, Embedded.layerClassifiers())))
 * match(error.message, /the embedded classifiers are sentiment, style,/)
 * ```
 */
export const layerClassifiers = (options: EmbeddedClassifierOptions = {}): Layer.Layer<Classifiers> => {
  const { classifiers = embeddedClassifiers, ...settings } = options
  const open = (name: string) => {
    const found = classifiers.find((one) => one.name === name)
    if (found !== undefined) return found.open(settings)
    if (isPlace(name)) return openClassifier(name, settings)
    const names = classifiers.map((one) => one.name).join(", ")
    const message = `Cannot find a classifier named ${JSON.stringify(name)}: there is no such folder, and the embedded classifiers are ${names}`
    return Effect.fail(new ModelLoadError({ model: name, message }))
  }
  return Layer.effect(
    Classifiers,
    Effect.map(openOnce(open), (get) => ({ get }))
  )
}

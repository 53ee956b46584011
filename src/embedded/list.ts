import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { LoadOptions } from "../backends/onnxruntime/load_model.ts"
import { openModel, readVocabulary } from "../backends/open_model.ts"
import { usualAnchors } from "../interpolation/mix.ts"
import type { LanguageModel } from "../model/language_model.ts"
import { ModelLoadError } from "../model/models.ts"
import { ngram } from "../model/ngram/language_model.ts"
import { load } from "../model/ngram/load.ts"
import { promptLookup } from "../model/prompt_lookup.ts"
import { uniform } from "../model/table.ts"
import type { Vocabulary } from "../vocabulary/vocabulary.ts"

/** A model that ships with the package. */
export interface EmbeddedModel {
  readonly name: string
  readonly description: string
  /** What its weights can be mixed with. */
  readonly adapters?: ReadonlyArray<string>
  readonly open: (options?: LoadOptions) => Effect.Effect<LanguageModel, ModelLoadError, Scope.Scope>
}

const folder = join(import.meta.dir, "tales")

/** Adapters of tales: folders by name. */
const adapters: Readonly<Record<string, string>> = Object.fromEntries(
  ["formality", "politeness", "sentiment", "simplicity"].flatMap((attribute) =>
    Object.values(usualAnchors(attribute)).map((name) => [name, join(folder, "adapters", name)])
  )
)

/** A checkpoint of its own over the tokens of tales. */
const openBeside = (name: string, path: string, options?: LoadOptions) =>
  Effect.flatMap(readVocabulary("tales", folder), (vocabulary) =>
    openModel(path, { ...options, name, ...(vocabulary && { vocabulary }) })
  )

/** A model that has no matrices, made of the vocabulary of tales. */
const openBare =
  <R>(name: string, make: (vocabulary: Vocabulary) => Effect.Effect<LanguageModel, ModelLoadError, R>) =>
  (options: LoadOptions = {}): Effect.Effect<LanguageModel, ModelLoadError, R> =>
    Effect.suspend(() => {
      const given = Object.keys(options.adapters ?? {})
      if (given.length === 0) return Effect.flatMap(readVocabulary("tales", folder), (vocabulary) => make(vocabulary!))
      const message = `Cannot load ${name} with the adapters ${given.join(", ")}: it has no matrices that they could change`
      return Effect.fail(new ModelLoadError({ model: name, message }))
    })

const openNGram = (vocabulary: Vocabulary): Effect.Effect<LanguageModel, ModelLoadError> =>
  Effect.suspend(() => {
    const bytes = readFileSync(join(import.meta.dir, "ngram/tales.ngram"))
    return Effect.fromResult(load(bytes, { vocabulary })).pipe(
      Effect.map((counts) => ngram(vocabulary, counts, { name: "tales-ngram" })),
      Effect.mapError(({ message }) => new ModelLoadError({ model: "tales-ngram", message }))
    )
  })

/** They all speak of the same 4,096 tokens. The first is the default. */
export const embedded: ReadonlyArray<EmbeddedModel> = [
  {
    name: "tales",
    description: "4.0 M parameter Llama, window 512, writes short English passages in the style that its prompt names",
    adapters: Object.keys(adapters),
    open: (options) =>
      openModel(folder, {
        ...options,
        name: "tales",
        adapters: { ...adapters, ...options?.adapters },
        // those of the package are tested with it
        lateAdapters: Object.keys(adapters).filter((name) => options?.adapters?.[name] === undefined)
      })
  },
  {
    name: "tales-draft",
    description: "0.9 M parameter Llama distilled from tales: a cheap draft of it",
    open: (options) => openBeside("tales-draft", join(folder, "draft"), options)
  },
  {
    name: "tales-ngram",
    description: "4-gram counts, interpolated Kneser-Ney, over the tokens of tales: no runtime, microseconds a token",
    open: openBare("tales-ngram", openNGram)
  },
  {
    name: "tales-uniform",
    description: "every token alike, over the tokens of tales",
    open: openBare("tales-uniform", (vocabulary) => Effect.succeed(uniform(vocabulary)))
  },
  {
    name: "tales-lookup",
    description: "guesses that the text repeats itself, over the tokens of tales: a draft for texts that quote",
    open: openBare("tales-lookup", (vocabulary) => Effect.succeed(promptLookup(vocabulary, { name: "tales-lookup" })))
  },
  {
    name: "tales-sentiment-reward",
    description:
      "for each next token the log-odds that the text is positive: 2 * scores(model(…)) adds it to a formula",
    open: (options) => openBeside("tales-sentiment-reward", join(import.meta.dir, "reward/sentiment"), options)
  }
]

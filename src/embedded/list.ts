import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { LoadOptions } from "../backends/onnxruntime/load_model.ts"
import { openModel, readVocabulary } from "../backends/open_model.ts"
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
  readonly open: (options?: LoadOptions) => Effect.Effect<LanguageModel, ModelLoadError, Scope.Scope>
}

const folder = join(import.meta.dir, "tales")

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
    open: (options) => openModel(folder, { ...options, name: "tales" })
  },
  {
    name: "tales-draft",
    description: "0.9 M parameter Llama distilled from tales: a cheap draft of it",
    open: (options) =>
      Effect.flatMap(readVocabulary("tales", folder), (vocabulary) =>
        openModel(join(folder, "draft"), { ...options, name: "tales-draft", ...(vocabulary && { vocabulary }) })
      )
  },
  {
    name: "tales-ngram",
    description: "4-gram counts, interpolated Kneser-Ney, over the tokens of tales: no runtime, microseconds a token",
    open: () => Effect.flatMap(readVocabulary("tales", folder), (vocabulary) => openNGram(vocabulary!))
  },
  {
    name: "tales-uniform",
    description: "every token alike, over the tokens of tales",
    open: () => Effect.map(readVocabulary("tales", folder), (vocabulary) => uniform(vocabulary!))
  },
  {
    name: "tales-lookup",
    description: "guesses that the text repeats itself, over the tokens of tales: a draft for texts that quote",
    open: () =>
      Effect.map(readVocabulary("tales", folder), (vocabulary) => promptLookup(vocabulary!, { name: "tales-lookup" }))
  }
]

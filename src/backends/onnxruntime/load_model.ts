import { basename, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type LanguageModel, ModelError, make } from "../../model/language_model.ts"
import { ModelLoadError } from "../../model/models.ts"
import { untokenized, type Vocabulary } from "../../vocabulary/vocabulary.ts"
import { startEngine } from "./engine.ts"
import type { Source } from "./load.ts"

import { type Settings, settingsOf } from "./settings.ts"

/** How a model is named, read and run. */
export interface LoadOptions extends Partial<Settings> {
  /** For messages and listings. Default: the last part of the path. */
  readonly name?: string
  /** Default: bare token ids, with the special tokens of config.json. Rows are cut to its size where a model pads them. */
  readonly vocabulary?: Vocabulary
}

/**
 * A language model from a folder with config.json and safetensors, as Hugging Face hosts them. The graph is built here;
 * it runs in a worker of its own until the scope closes.
 *
 * Errors: `ModelLoadError`, where the folder, a file, the architecture or the vocabulary does not fit.
 */
export const fromCheckpoint = (
  folder: string,
  options: LoadOptions = {}
): Effect.Effect<LanguageModel, ModelLoadError, Scope.Scope> =>
  loadModel(resolve(folder), { kind: "checkpoint", folder: resolve(folder) }, options)

/**
 * A language model from an exported graph: an .onnx file, or a folder in the layout of Hugging Face
 * (`onnx/model*.onnx`). The window is `max_position_embeddings` of config.json; without one it is `contextLength`,
 * 2048 by default. Caches are float32.
 *
 * Errors: `ModelLoadError`.
 */
export const fromExported = (
  path: string,
  options: LoadOptions & { readonly contextLength?: number } = {}
): Effect.Effect<LanguageModel, ModelLoadError, Scope.Scope> =>
  loadModel(
    resolve(path),
    { kind: "exported", path: resolve(path), contextLength: options.contextLength ?? 2048 },
    options
  )

const loadModel = (path: string, source: Source, options: LoadOptions) =>
  Effect.gen(function* () {
    const name = options.name ?? basename(path)
    const { description, score } = yield* startEngine(source, settingsOf(options)).pipe(
      Effect.mapError(
        (message) =>
          new ModelLoadError({ model: name, message: message.includes(path) ? message : `${message} (${path})` })
      )
    )
    const { beginning, contextLength, end, vocabularySize } = description
    const given = options.vocabulary ?? untokenized(vocabularySize, { name, special: { beginning, end } })
    const vocabulary = { ...given, padding: Math.max(0, vocabularySize - given.size) }
    if (vocabulary.size > vocabularySize) {
      return yield* new ModelLoadError({
        model: name,
        message: `Cannot use ${name} with the vocabulary ${vocabulary.name} of ${vocabulary.size} tokens: its rows have ${vocabularySize}`
      })
    }
    const fail = (message: string) => new ModelError({ model: name, message: `Cannot score with ${name}: ${message}` })
    return make({
      name,
      weights: [path, ...(options.dtype === undefined || options.dtype === "fp32" ? [] : [options.dtype])].join(":"),
      vocabulary,
      contextLength,
      runtime: `onnxruntime, ${description.engine}`,
      run: (requests) => {
        const mixed = requests.find(({ variant }) => variant !== undefined && variant.length > 0)?.variant?.[0]
        if (mixed !== undefined) return Effect.fail(fail(`it has no adapter ${mixed[0]}`))
        const rows = Effect.mapError(score(requests), fail)
        if (vocabulary.size === vocabularySize) return rows
        return Effect.map(rows, (all) => all.map((own) => own.map((row) => row.subarray(0, vocabulary.size))))
      }
    })
  })

import { basename, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type LanguageModel, ModelError, make } from "../../model/language_model.ts"
import { ModelLoadError } from "../../model/models.ts"
import { untokenized, type Vocabulary } from "../../vocabulary/vocabulary.ts"
import type { AdapterSource } from "./adapters.ts"
import { startEngine } from "./engine.ts"
import type { Source } from "./load.ts"
import { mixOf } from "./mix.ts"
import { type Settings, settingsOf } from "./settings.ts"

/** How a model is named, read and run. */
export interface LoadOptions extends Partial<Settings> {
  /** For messages and listings. Default: the last part of the path. */
  readonly name?: string
  /** Default: bare token ids, with the special tokens of config.json. Rows are cut to its size where a model pads them. */
  readonly vocabulary?: Vocabulary
  /**
   * Folders by name, of what fine-tuning made of this checkpoint: LoRA adapters as PEFT saves them, or whole models. A
   * request's `variant` mixes them: the weights plus, for each, its coefficient times the difference that it makes.
   * LoRA adapters stand beside the weights, which all mixes share, so that one run may hold many; a mix with a whole
   * model in it has weights of its own. Not for exported graphs.
   */
  readonly adapters?: Readonly<Record<string, string>>
  /**
   * A mix of LoRA adapters that was asked for alone for so many tokens, one after another, gets merged weights: a token
   * takes no longer than without adapters, and twice the memory of the model is taken. Float32 only; rows change by
   * rounding. Default: never.
   */
  readonly mergeAfter?: number
  /**
   * Names of adapters that are known to fit: they are read when a mix is first asked for, and cost nothing before. Where
   * one does not fit after all, the first mix fails. Default: none, and all are read and checked with the model.
   */
  readonly lateAdapters?: ReadonlyArray<string>
  /** So many sets of merged weights are kept, the most recently used, while there is memory. Default 4. */
  readonly mergedWeights?: number
}

/**
 * A language model from a folder with config.json and safetensors, as Hugging Face hosts them. The graph is built here;
 * it runs in a worker of its own until the scope closes.
 *
 * Errors: `ModelLoadError`, where the folder, a file, the architecture, the vocabulary or an adapter does not fit.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Backends } from "polylogit"
 *
 * const folder = "test/golden/adapters"
 * const adapters = { formal: `${folder}/formal`, informal: `${folder}/informal` }
 * const program = Effect.gen(function* () {
 *   const model = yield* Backends.fromCheckpoint(`${folder}/base`, { adapters })
 *   const request = { context: [1, 2, 3], from: 3 }
 *   // the weights plus 0.7 of one difference and 0.3 of another, and the weights as they are, in one run
 *   return yield* model.score([{ ...request, variant: [["formal", 0.7], ["informal", 0.3]] }, request])
 * })
 * const rows = await Effect.runPromise(Effect.scoped(program))
 * deepEqual(rows.map(([row]) => row?.length), [160, 160])
 * ```
 */
export const fromCheckpoint = (
  folder: string,
  options: LoadOptions = {}
): Effect.Effect<LanguageModel, ModelLoadError, Scope.Scope> =>
  loadModel(resolve(folder), { kind: "checkpoint", folder: resolve(folder), adapters: adaptersOf(options) }, options)

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
    const folders = options.adapters ?? {}
    const adapters = Object.keys(folders)
    if (source.kind === "exported" && adapters.length > 0) {
      return yield* new ModelLoadError({
        model: name,
        message: `Cannot load ${path} with the adapters ${adapters.join(", ")}: it is an exported graph, which is run as it is`
      })
    }
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
      weights: [
        path,
        ...(options.dtype === undefined || options.dtype === "fp32" ? [] : [options.dtype]),
        ...adapters.map((adapter) => `${adapter}=${resolve(folders[adapter]!)}`)
      ].join(":"),
      adapters,
      vocabulary,
      contextLength,
      runtime: `onnxruntime, ${description.engine}`,
      run: (requests) => {
        const rows = Effect.mapError(
          score(requests.map(({ context, from, variant }) => ({ context, from, mix: mixOf(adapters, variant) }))),
          fail
        )
        if (vocabulary.size === vocabularySize) return rows
        return Effect.map(rows, (all) => all.map((own) => own.map((row) => row.subarray(0, vocabulary.size))))
      }
    })
  })

const adaptersOf = ({
  adapters = {},
  lateAdapters,
  mergeAfter,
  mergedWeights
}: LoadOptions): AdapterSource | undefined =>
  Object.keys(adapters).length === 0
    ? undefined
    : {
        folders: Object.fromEntries(Object.entries(adapters).map(([name, folder]) => [name, resolve(folder)])),
        mergeAfter: mergeAfter ?? Number.POSITIVE_INFINITY,
        mergedWeights: mergedWeights ?? 4,
        late: lateAdapters ?? []
      }

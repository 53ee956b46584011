import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { LanguageModel } from "../model/language_model.ts"
import { ModelLoadError } from "../model/models.ts"
import { fromFiles, type VocabularyFiles } from "../vocabulary/from_files.ts"
import type { Vocabulary } from "../vocabulary/vocabulary.ts"
import { fetchModel } from "./hub/fetch_model.ts"
import { parseHubName } from "./hub/hub_name.ts"
import { checkpointFiles, hasCheckpoint } from "./onnxruntime/folder.ts"
import { fromCheckpoint, fromExported, type LoadOptions } from "./onnxruntime/load_model.ts"

/**
 * A model from a folder in the Hugging Face layout (safetensors, else `onnx/model*.onnx`), from one file of it, or where
 * there is no such path from a hub by its name, `org/name[@revision]`, with its tokenizer and chat template where they
 * are there. It is released with the scope.
 */
export const openModel = (
  path: string,
  options: LoadOptions = {}
): Effect.Effect<LanguageModel, ModelLoadError, Scope.Scope> =>
  Effect.gen(function* () {
    const name = options.name ?? path
    const onHub = existsSync(path) ? undefined : parseHubName(path)
    const full = onHub === undefined ? resolve(path) : yield* Effect.mapError(fetchModel(onHub), notOnDisk(path))
    const refuse = (what: string) =>
      new ModelLoadError({ model: name, message: `Cannot open ${path} as a model: ${what}` })
    const kind = yield* kindOf(full, refuse)
    const folder = kind === "folder" ? full : folderOf(full)
    const checkpoint = kind === "weights" || (kind === "folder" && hasCheckpoint(full))
    if (kind === "folder" && !checkpoint && !["onnx", "."].some((inside) => hasGraph(join(full, inside)))) {
      return yield* refuse(`it has none of ${checkpointFiles.join(", ")}, onnx/model*.onnx and model*.onnx`)
    }
    const vocabulary = options.vocabulary ?? (yield* readVocabulary(name, folder))
    const settings = vocabulary === undefined ? { ...options, name } : { ...options, name, vocabulary }
    return yield* checkpoint ? fromCheckpoint(folder, settings) : fromExported(full, settings)
  })

const notOnDisk =
  (path: string) =>
  ({ message, model }: ModelLoadError) =>
    new ModelLoadError({ model, message: `${message}; nor is there a file or folder ${path}` })

/** What a path names: a folder, a file of weights, or a graph. Everything else is refused. */
const kindOf = (path: string, refuse: (what: string) => ModelLoadError) =>
  Effect.gen(function* () {
    const stat = yield* Effect.try({
      try: () => statSync(path, { throwIfNoEntry: false }),
      catch: () => refuse("it cannot be read as a path")
    })
    if (stat === undefined)
      return yield* refuse("there is no such file or folder, and it is no name on a hub, org/name[@revision]")
    if (stat.isDirectory()) return "folder" as const
    if (stat.isFile() && path.endsWith(".onnx")) return "graph" as const
    if (stat.isFile() && checkpointFiles.some((file) => file === basename(path))) return "weights" as const
    return yield* refuse(`it is neither a folder nor an .onnx file, nor ${checkpointFiles.join(" or ")}`)
  })

const hasGraph = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => /^model.*\.onnx$/.test(name))

/** Where the files beside the weights are: above `onnx/`. */
const folderOf = (file: string): string => {
  const folder = dirname(file)
  return basename(folder) === "onnx" ? dirname(folder) : folder
}

/**
 * The vocabulary of a model's folder; `undefined` where it has no tokenizer.json, which leaves token ids to the model's
 * configuration.
 */
export const readVocabulary = (name: string, folder: string): Effect.Effect<Vocabulary | undefined, ModelLoadError> =>
  Effect.gen(function* () {
    if (!existsSync(join(folder, "tokenizer.json"))) return undefined
    const json = (file: string) => readJson(name, join(folder, file))
    const files: VocabularyFiles = {
      name,
      tokenizerJson: yield* json("tokenizer.json"),
      tokenizerConfig: yield* json("tokenizer_config.json"),
      specialTokensMap: yield* json("special_tokens_map.json"),
      generationConfig: yield* json("generation_config.json"),
      config: yield* json("config.json"),
      ...(yield* templateFile(name, folder))
    }
    return yield* Effect.mapError(
      Effect.fromResult(Result.mapError(fromFiles(files), (error) => error.message)),
      (message) => new ModelLoadError({ model: name, message })
    )
  })

const readJson = (name: string, path: string): Effect.Effect<unknown, ModelLoadError> =>
  Effect.suspend(() => {
    if (!existsSync(path)) return Effect.void
    try {
      return Effect.succeed(JSON.parse(readFileSync(path, "utf8")) as unknown)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return Effect.fail(new ModelLoadError({ model: name, message: `Cannot read ${path} as JSON: ${reason}` }))
    }
  })

const templateFile = (name: string, folder: string) =>
  Effect.gen(function* () {
    const jinja = join(folder, "chat_template.jinja")
    if (existsSync(jinja)) {
      return yield* Effect.try({
        try: () => ({ chatTemplate: readFileSync(jinja, "utf8") }),
        catch: () => new ModelLoadError({ model: name, message: `Cannot read ${jinja}` })
      })
    }
    const chatTemplate = yield* readJson(name, join(folder, "chat_template.json"))
    return chatTemplate === undefined ? {} : { chatTemplate }
  })

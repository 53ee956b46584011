import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { sidePaths } from "../../onnx/adapters/side_paths.ts"
import { CheckpointError } from "../../onnx/checkpoint_error.ts"
import type { Config } from "../../onnx/config.ts"
import { dtypes } from "../../onnx/dtype.ts"
import { decoderOf } from "../../onnx/families.ts"
import { refuseMoreLayers } from "../../onnx/layers.ts"
import { packedModel } from "../../onnx/packed.ts"
import { type AdapterSource, readAdapters } from "./adapters.ts"
import { openFile } from "./binding_session.ts"
import { giveBack } from "./c_api/give_back.ts"
import { checkpointRunner } from "./checkpoint_runner.ts"
import { refuseOtherDtype } from "./exported_dtype.ts"
import { exportedRunner } from "./exported_runner.ts"
import { findGraph, mapCheckpoint, readConfig } from "./folder.ts"
import { LoadFailure, reasonOf } from "./load_failure.ts"
import { adapterMemory, availableMemory, neededMemory, refuseWhatDoesNotFit } from "./memory.ts"
import { mergingOf } from "./merging.ts"
import { mergingRunner } from "./merging_runner.ts"
import { quantizedWeights } from "./quantized_weights.ts"
import type { Past, Runner } from "./runner.ts"
import { makeScorer, type Scorer } from "./scorer.ts"
import type { Settings } from "./settings.ts"

/** What to load: a folder with a checkpoint, or an exported graph. */
export type Source =
  | { readonly kind: "checkpoint"; readonly folder: string; readonly adapters?: AdapterSource | undefined }
  /** `contextLength` counts where there is no config.json. */
  | { readonly kind: "exported"; readonly path: string; readonly contextLength: number }

/** What is known of a model once it is loaded. */
export interface Description {
  /** The way to the runtime that was taken, in words. */
  readonly engine: string
  /** What stops a run half-way: the address of a `c_api/interruption.ts`. */
  readonly interruption: number | undefined
  readonly contextLength: number
  readonly vocabularySize: number
  /** Tokens that begin and end a text, as config.json has them. */
  readonly beginning: number | undefined
  readonly end: ReadonlyArray<number>
}

/** A model, ready to score on the thread that loaded it. */
export interface Loaded extends Scorer {
  readonly description: Description
  readonly release: () => Promise<void>
}

/** Loads a model on this thread. Errors: rejects with an `Error` whose message, one line, is for the user. */
export const load = async (source: Source, settings: Settings): Promise<Loaded> => {
  try {
    if (settings.dtype !== undefined && !dtypes.includes(settings.dtype)) {
      throw new LoadFailure(`Cannot load weights as one of ${dtypes.join(", ")}: ${settings.dtype} is asked for`)
    }
    return await (source.kind === "checkpoint" ? loadCheckpoint(source, settings) : loadExported(source, settings))
  } catch (thrown) {
    if (thrown instanceof LoadFailure || thrown instanceof CheckpointError) throw thrown
    const path = source.kind === "checkpoint" ? source.folder : source.path
    throw new LoadFailure(`Cannot load ${path} as a model for onnxruntime: ${reasonOf(thrown)}`, { cause: thrown })
  }
}

const loadCheckpoint = async (
  { adapters: given, folder }: Extract<Source, { readonly kind: "checkpoint" }>,
  settings: Settings
): Promise<Loaded> => {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new LoadFailure(`Cannot load ${folder} as a checkpoint: there is no such folder`)
  }
  const config = readConfig(folder)
  const checkpoint = mapCheckpoint(folder)
  const decoder = decoderOf(config)
  refuseMoreLayers(checkpoint, decoder.layers)
  const adapters = given && readAdapters(given, decoder, checkpoint)
  const dtype = settings.dtype ?? "fp32"
  const needed = neededMemory(checkpoint, dtype) + adapterMemory(adapters?.read ?? [])
  refuseWhatDoesNotFit(folder, needed, settings.memoryBytes ?? availableMemory())
  const place = { folder, dtype, cache: settings.quantizedCache }
  const { mapped, weights } = quantizedWeights(checkpoint, place, (made) => packedModel(decoder, made, 1))
  const beside = adapters && sidePaths(Object.keys(adapters.folders).length, adapters.all)
  const options = { settings, giveBack: giveBack([...checkpoint.mapped, ...mapped]), adapters: beside }
  return checkpointRunner(decoder, weights, options, (runner, engine, again) => {
    const mixing =
      adapters === undefined
        ? runner
        : mergingRunner(runner, mergingOf({ adapters, again, checkpoint, dtype, needed, settings }))
    return loaded(config, engine, mixing, settings)
  })
}

const loadExported = async (
  source: Extract<Source, { readonly kind: "exported" }>,
  settings: Settings
): Promise<Loaded> => {
  const { file, folder } = findGraph(source.path)
  refuseOtherDtype(file, settings.dtype)
  const config = existsSync(join(folder, "config.json")) ? readConfig(folder) : undefined
  const contextLength = config?.has("max_position_embeddings")
    ? config.size("max_position_embeddings")
    : source.contextLength
  const session = await openFile(file, settings)
  const options = { file, contextLength, blockLength: settings.blockLength }
  return loaded(config, "binding", await exportedRunner(session, options), settings)
}

const loaded = <P extends Past>(
  config: Config | undefined,
  engine: string,
  runner: Runner<P>,
  settings: Settings
): Loaded => ({
  ...makeScorer(runner, settings.cacheBytes, settings.runLength),
  description: {
    engine,
    interruption: runner.interruption,
    contextLength: runner.contextLength,
    vocabularySize: runner.vocabularySize,
    beginning: config?.integers("bos_token_id", [])[0],
    end: config?.integers("eos_token_id", []) ?? []
  },
  release: runner.release
})

import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Adapter } from "../../onnx/adapters/adapter.ts"
import { type Blueprint, blueprintOf } from "../../onnx/adapters/blueprint.ts"
import { readFull } from "../../onnx/adapters/read_full.ts"
import { readPeft } from "../../onnx/adapters/read_peft.ts"
import { type Checkpoint, fromFiles } from "../../onnx/checkpoint.ts"
import type { Decoder } from "../../onnx/decoder.ts"
import { decoderOf } from "../../onnx/families.ts"
import { refuseMoreLayers } from "../../onnx/layers.ts"
import { mapCheckpoint, mapFile, readConfig } from "./folder.ts"
import { LoadFailure } from "./load_failure.ts"

/** Adapters of a checkpoint, and what becomes of them. */
export interface AdapterSource {
  /** Folders by the names of the adapters. */
  readonly folders: Readonly<Record<string, string>>
  /** A mix is merged into the weights once it was asked for alone for so many tokens. */
  readonly mergeAfter: number
  /** So many sets of merged weights are kept. */
  readonly mergedWeights: number
  /** Those that are read when a mix is first asked for: known to fit, they cost nothing before. */
  readonly late: ReadonlyArray<string>
}

/** The adapters of a checkpoint. */
export interface KnownAdapters extends AdapterSource {
  /** Those that were read at once. */
  readonly read: ReadonlyArray<Adapter>
  /** All of them, in the order in which a mix counts them. Errors: throws `LoadFailure`, `CheckpointError`. */
  readonly all: () => ReadonlyArray<Adapter>
}

/** Reads the adapters of a checkpoint but for late ones. Errors: throws `LoadFailure`, `CheckpointError`. */
export const readAdapters = (source: AdapterSource, decoder: Decoder, checkpoint: Checkpoint): KnownAdapters => {
  const { folders, late, mergedWeights } = source
  const base = once(() => ({ has: checkpoint.has, blueprint: blueprintOf(decoder, checkpoint.has) }))
  const read = (name: string, folder: string): Adapter => {
    const adapter = readAdapter(name, folder, base())
    if (adapter.kind === "low-rank" || mergedWeights > 0) return adapter
    throw new LoadFailure(`Cannot load ${folder} as the adapter ${name}: it is a whole model, and mergedWeights is 0`)
  }
  const each = Object.entries(folders).map(([name, folder]) => ({ name, get: once(() => read(name, folder)) }))
  return {
    ...source,
    read: each.filter(({ name }) => !late.includes(name)).map(({ get }) => get()),
    all: once(() => each.map(({ get }) => get()))
  }
}

const once = <A extends object>(make: () => A): (() => A) => {
  let made: A | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** The base, as an adapter has to fit it. */
export interface Base {
  readonly has: (name: string) => boolean
  readonly blueprint: Blueprint
}

/**
 * Reads an adapter: the folder of a PEFT adapter (adapter_config.json and adapter_model.safetensors), or of a whole
 * model that was made from the base by fine-tuning.
 *
 * Errors: throws `LoadFailure` and `CheckpointError`.
 */
export const readAdapter = (name: string, folder: string, base: Base): Adapter => {
  const refuse = (what: string): never => {
    throw new LoadFailure(`Cannot load ${folder} as the adapter ${name}: ${what}`)
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return refuse("there is no such folder")
  const [config, weights] = ["adapter_config.json", "adapter_model.safetensors"]
  const file = join(folder, config)
  if (existsSync(file)) {
    if (!existsSync(join(folder, weights))) return refuse(`there is no ${weights}`)
    const checkpoint = fromFiles(new Map([[join(folder, weights), mapFile(folder, weights)]]))
    return readPeft({ name, config: { file, text: readFileSync(file, "utf8") }, checkpoint }, base.blueprint)
  }
  if (!existsSync(join(folder, "config.json"))) return refuse(`there is neither ${config} nor config.json`)
  const decoder = decoderOf(readConfig(folder))
  const checkpoint = mapCheckpoint(folder)
  refuseMoreLayers(checkpoint, decoder.layers)
  return readFull({ name, blueprint: blueprintOf(decoder, base.has), checkpoint }, base.blueprint)
}

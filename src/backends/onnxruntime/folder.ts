import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { type Checkpoint, fromFiles, parseIndex } from "../../onnx/checkpoint.ts"
import { type Config, parseConfig } from "../../onnx/config.ts"
import { LoadFailure } from "./load_failure.ts"

/** The file of a folder, mapped: its pages are read when they are touched. */
export const mapFile = (folder: string, name: string): Uint8Array => {
  const path = join(folder, name)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new LoadFailure(`Cannot load ${folder} as a checkpoint: there is no ${name}`)
  if (!stat.isFile()) throw new LoadFailure(`Cannot load ${path} as a file of weights: it is no file`)
  return stat.size === 0 ? new Uint8Array(0) : Bun.mmap(path)
}

/** Reads config.json of a model's folder. */
export const readConfig = (folder: string): Config => {
  const path = join(folder, "config.json")
  if (!existsSync(path)) throw new LoadFailure(`Cannot load ${folder} as a model: there is no config.json`)
  return parseConfig(readFileSync(path, "utf8"))
}

/** The files that a checkpoint is found by: its weights, or the list of its shards. */
export const checkpointFiles = ["model.safetensors", "model.safetensors.index.json"] as const

/** Whether a folder holds a checkpoint. */
export const hasCheckpoint = (folder: string): boolean => checkpointFiles.some((file) => existsSync(join(folder, file)))

/** A checkpoint whose files are mapped. */
export interface MappedCheckpoint extends Checkpoint {
  readonly mapped: ReadonlyArray<Uint8Array>
}

/** Maps the weights of a folder: model.safetensors, or the shards that model.safetensors.index.json names. */
export const mapCheckpoint = (folder: string): MappedCheckpoint => {
  const [single, index] = checkpointFiles
  const map = (names: Iterable<string>, places?: ReadonlyMap<string, string>): MappedCheckpoint => {
    const files = new Map(Array.from(names, (name) => [name, mapFile(folder, name)] as const))
    return { ...fromFiles(files, places), mapped: [...files.values()] }
  }
  if (existsSync(join(folder, single))) return map([single])
  if (!existsSync(join(folder, index))) {
    throw new LoadFailure(`Cannot load ${folder} as a checkpoint: there is neither ${single} nor ${index}`)
  }
  const places = parseIndex(index, readFileSync(join(folder, index), "utf8"))
  return map(new Set(places.values()), places)
}

/** The graph in a folder of an exported model, or the .onnx file itself, and where its config.json would be. */
export const findGraph = (path: string): { readonly file: string; readonly folder: string } => {
  const refuse = (what: string): never => {
    throw new LoadFailure(`Cannot load ${path} as an exported model: ${what}`)
  }
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return refuse("there is no such file or folder")
  if (stat.isFile()) {
    if (stat.size === 0) return refuse("the file is empty")
    const folder = dirname(path)
    return { file: path, folder: basename(folder) === "onnx" ? dirname(folder) : folder }
  }
  for (const folder of [join(path, "onnx"), path]) {
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^model.*\.onnx$/.test(name)) : []
    const name = names.includes("model.onnx") ? "model.onnx" : names.sort()[0]
    if (name !== undefined) return { file: findGraph(join(folder, name)).file, folder: path }
  }
  return refuse("there is neither onnx/model*.onnx nor model*.onnx")
}

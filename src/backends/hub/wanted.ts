import { parseIndex } from "../../onnx/checkpoint.ts"
import { CheckpointError } from "../../onnx/checkpoint_error.ts"
import { HubFailure } from "./failure.ts"

/** What is read besides the weights, where it is there. */
export const beside = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
  "chat_template.json"
]

/** The file that names the shards. */
export const indexFile = "model.safetensors.index.json"

/** Where the weights of a repository are. */
export type Weights =
  | { readonly kind: "files"; readonly files: ReadonlyArray<string> }
  /** The shards that the index names. */
  | { readonly kind: "index" }
  | { readonly kind: "none" }

/** The weights among files: `model.safetensors`, else shards, else a graph with its data, as they are opened. */
export const weightsAmong = (files: ReadonlyArray<string>): Weights => {
  if (files.includes("model.safetensors")) return { kind: "files", files: ["model.safetensors"] }
  if (files.includes(indexFile)) return { kind: "index" }
  for (const folder of ["onnx/", ""]) {
    const inside = files.filter((file) => file.startsWith(folder) && !file.slice(folder.length).includes("/"))
    const graphs = inside.filter((file) => /^model.*\.onnx$/.test(file.slice(folder.length))).sort()
    const graph = graphs.includes(`${folder}model.onnx`) ? `${folder}model.onnx` : graphs[0]
    if (graph === undefined) continue
    return { kind: "files", files: [graph, ...dataOf(graph, files)] }
  }
  return { kind: "none" }
}

/** The files of weights that a file points into: model.onnx_data, model.onnx_data_1, model.onnx.data. */
export const dataOf = (graph: string, files: ReadonlyArray<string>): ReadonlyArray<string> =>
  files.filter((file) => file.startsWith(graph) && /^[._]data[^/]*$/.test(file.slice(graph.length))).sort()

/** The shards that an index names. Errors: throws a `HubFailure` where it is none, or names files outside its folder. */
export const shardsOf = (text: string): ReadonlyArray<string> => {
  try {
    return [...new Set(parseIndex(indexFile, text).values())].sort()
  } catch (error) {
    throw error instanceof CheckpointError ? new HubFailure({ kind: "wrong", what: error.message }) : error
  }
}

import { readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { fromFiles } from "../../../src/onnx/checkpoint.ts"
import { parseConfig } from "../../../src/onnx/config.ts"
import { decoderOf } from "../../../src/onnx/families.ts"
import { weightsOf } from "../../../src/onnx/weights.ts"
import { type Export, exportedGraph } from "./exported_graph.ts"
import { decoders } from "./golden.ts"
import { temporaryFolder } from "./temporary.ts"

/**
 * A folder with an export of a checkpoint, of the golden llama if nothing is said, whose weights lie beside the graph in
 * one file that has its name and `_data`.
 */
export const exportLlama = (options: Export, name = "onnx/model.onnx", from = join(decoders, "llama")): string => {
  const weights = new Uint8Array(readFileSync(join(from, "model.safetensors")))
  const config = readFileSync(join(from, "config.json"), "utf8")
  const checkpoint = fromFiles(new Map([["model.safetensors", weights]]))
  const decoder = decoderOf(parseConfig(config))
  const { bytes, data } = exportedGraph(decoder, weightsOf(checkpoint, options), options, `${basename(name)}_data`)
  return temporaryFolder({ [name]: bytes, [`${name}_data`]: data, "config.json": config })
}

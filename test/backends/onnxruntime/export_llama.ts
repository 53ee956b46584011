import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fromFiles } from "../../../src/onnx/checkpoint.ts"
import { parseConfig } from "../../../src/onnx/config.ts"
import { decoderOf } from "../../../src/onnx/families.ts"
import { type Export, exportedGraph } from "./exported_graph.ts"
import { decoders } from "./golden.ts"
import { temporaryFolder } from "./temporary.ts"

/** A folder with an export of the golden llama, whose graph points into the weights beside it. */
export const exportLlama = (options: Export, name = "onnx/model.onnx"): string => {
  const weights = new Uint8Array(readFileSync(join(decoders, "llama/model.safetensors")))
  const config = readFileSync(join(decoders, "llama/config.json"), "utf8")
  const decoder = decoderOf(parseConfig(config), fromFiles(new Map([["model.safetensors", weights]])))
  const beside = name.includes("/") ? "onnx/model.safetensors" : "model.safetensors"
  return temporaryFolder({ [name]: exportedGraph(decoder, options), [beside]: weights, "config.json": config })
}

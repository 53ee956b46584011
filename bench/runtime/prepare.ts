import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { writeExportedLlama } from "./exported_llama.ts"
import { writeGgufLlama } from "./gguf_llama.ts"
import type { Dtype } from "./protocol.ts"
import { randomLlama, shapes } from "./random_llama.ts"
import { readWeights } from "./weights.ts"

/** The models of the table. */
export type ModelName = "tales" | keyof typeof shapes

const tales = join(import.meta.dir, "../../src/embedded/tales")
// to be counted up when a file is written in another way
const recipe = "1"

/** Where a contender finds its form of the weights, in the model's folder. */
export const files = {
  gguf: { fp32: "F32.gguf", int8: "Q8_0.gguf", int4: "Q4_0.gguf" },
  // as transformers.js names its types
  exported: { fp32: "model.onnx", int8: "model_quantized.onnx", int4: "model_q4.onnx" }
} as const

/**
 * A model's folder with the weights in every form: safetensors (float32, and float16 for `tales`), GGUF, and an
 * exported graph. What is there already, and newer than the weights, is
 * kept.
 */
export const prepare = (name: ModelName, dtype: Dtype): string => {
  const folder = join(tmpdir(), "polylogit-bench", `runtime-${recipe}`, name)
  mkdirSync(join(folder, "onnx"), { recursive: true })
  if (name === "tales") {
    cpSync(join(tales, "model.safetensors"), join(folder, "model.safetensors"), { preserveTimestamps: true })
    const config = JSON.parse(readFileSync(join(tales, "config.json"), "utf8"))
    // no token ends a text: all write the same number
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, eos_token_id: null }))
  } else randomLlama(folder, shapes[name])
  const weights = readWeights(folder)
  const { mtimeMs } = statSync(join(folder, "model.safetensors"))
  const once = (path: string, write: (path: string) => void): void => {
    if (existsSync(path) && statSync(path).mtimeMs >= mtimeMs) return
    const unfinished = join(dirname(path), `unfinished-${process.pid}`)
    write(unfinished)
    // a file that is there is whole
    renameSync(unfinished, path)
  }
  const gguf = join(folder, files.gguf[dtype])
  once(gguf, (path) => writeGgufLlama(path, weights, dtype))
  const graph = join(folder, "onnx", files.exported[dtype])
  once(graph, (path) => writeExportedLlama(path, `${graph}_data`, weights, dtype))
  return folder
}

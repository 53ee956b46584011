import { readFileSync } from "node:fs"
import { join } from "node:path"
import { readSafetensors } from "../../src/onnx/safetensors.ts"
import { sizeOf } from "../models/layout.ts"
import type { LlamaSizes } from "../models/llama_tensors.ts"

/** A Llama's folder, read: its sizes and its tensors. */
export interface Weights {
  readonly parameters: number
  readonly sizes: LlamaSizes & { readonly max_position_embeddings: number; readonly rms_norm_eps: number }
  /** A copy of one tensor as float32. */
  readonly tensor: (name: string) => Float32Array<ArrayBuffer>
}

/** Reads a Llama with one file of float32 or float16 weights, tied embeddings and plain rotation. */
export const readWeights = (folder: string): Weights => {
  const sizes = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))
  if (!sizes.tie_word_embeddings || sizes.rope_parameters.rope_theta !== 10_000) {
    throw new Error(`Cannot convert ${folder} as a tied Llama with a rotary base of 10,000: its config.json differs`)
  }
  const file = Bun.mmap(join(folder, "model.safetensors"))
  const stored = readSafetensors("model.safetensors", file)
  return {
    parameters: stored.values().reduce((sum, one) => sum + sizeOf(one), 0),
    sizes,
    tensor: (name) => {
      const { byteLength, offset, type } = stored.get(name)!
      const bytes = file.slice(offset, offset + byteLength).buffer as ArrayBuffer
      return type === "F16" ? Float32Array.from(new Float16Array(bytes)) : new Float32Array(bytes)
    }
  }
}

import { copyFileSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { readSafetensors, type StoredTensor } from "../../src/onnx/safetensors.ts"
import type { MadeTensor } from "../models/layout.ts"
import { type Numbers, writeModel } from "../models/write.ts"
import { originalFolder, twinLayout } from "./twin_layout.ts"

/**
 * Writes the inflated twin of the embedded model `tales` into a folder, in the Hugging Face layout: the same law, at
 * the cost of 129,735,936 parameters. A twin that is there already is kept. Gives the folder.
 *
 * The file holds float16, as the original does (260 MB); the runtime widens it, so that a run reads float32.
 */
export const twin = async (folder: string): Promise<string> => {
  mkdirSync(folder, { recursive: true })
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(join(originalFolder, name), join(folder, name))
  }
  const weights = new Uint8Array(readFileSync(join(originalFolder, "model.safetensors")))
  const stored = readSafetensors("model.safetensors", weights)
  return writeModel(folder, twinLayout(), (numbers, tensor) => {
    const from = stored.get(tensor.name)
    if (from !== undefined) embed(numbers, tensor, weights, from)
  })
}

/** Puts the original's numbers in the upper left corner. */
const embed = (
  numbers: Numbers,
  { shape }: MadeTensor,
  weights: Uint8Array<ArrayBuffer>,
  { byteLength, offset, shape: inner }: StoredTensor
): void => {
  const original = new Float16Array(weights.buffer.slice(offset, offset + byteLength))
  const [width, from] = [shape.at(-1)!, inner.at(-1)!]
  for (let row = 0; row * from < original.length; row++) {
    numbers.set(original.subarray(row * from, (row + 1) * from), row * width)
  }
}

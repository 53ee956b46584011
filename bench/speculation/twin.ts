import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { readSafetensors, type StoredTensor } from "../../src/onnx/safetensors.ts"
import { originalFolder, sizeOf, type TwinLayout, type TwinTensor, twinLayout } from "./twin_layout.ts"

/**
 * Writes the inflated twin of the embedded model `tales` into a folder, in the Hugging Face layout: the same law, at
 * the cost of 129,735,936 parameters. A twin that is there already is kept. Gives the folder.
 *
 * The file holds float16, as the original does (260 MB); the runtime widens it, so that a run reads float32.
 */
export const twin = async (folder: string): Promise<string> => {
  const layout = twinLayout()
  const path = join(folder, "model.safetensors")
  if (isComplete(path, layout)) return folder
  mkdirSync(folder, { recursive: true })
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(join(originalFolder, name), join(folder, name))
  }
  writeFileSync(join(folder, "config.json"), layout.config)
  const unfinished = `${path}.${process.pid}`
  writeWeights(unfinished, layout)
  // last and at once: weights that are there are whole, and everything else is there too
  renameSync(unfinished, path)
  return folder
}

const isComplete = (path: string, { header, parameters }: TwinLayout): boolean => {
  if (!existsSync(path) || statSync(path).size !== header.length + 2 * parameters) return false
  const file = openSync(path, "r")
  const found = new Uint8Array(header.length)
  readSync(file, found)
  closeSync(file)
  return Buffer.compare(found, header) === 0
}

const writeWeights = (path: string, { header, tensors }: TwinLayout): void => {
  const weights = new Uint8Array(readFileSync(join(originalFolder, "model.safetensors")))
  const stored = readSafetensors("model.safetensors", weights)
  const file = openSync(path, "w")
  const write = (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
  }
  const fill = filler()
  write(header)
  for (const tensor of tensors) {
    const numbers = fill(tensor)
    const from = stored.get(tensor.name)
    if (from !== undefined) embed(numbers, tensor, weights, from)
    write(new Uint8Array(numbers.buffer))
  }
  closeSync(file)
}

/**
 * Fills tensors with small numbers around zero, the same every time, or with zeros of either sign. No two tensors are
 * alike: the runtime would keep equal weights once, and their cost would vanish.
 */
const filler = (): ((tensor: TwinTensor) => Float16Array<ArrayBuffer>) => {
  let x = 1
  return (tensor) => {
    const numbers = new Float16Array(sizeOf(tensor))
    if (tensor.fill === "one") return numbers.fill(1)
    const scale = tensor.fill === "zero" ? 0 : 0.04
    for (let i = 0; i < numbers.length; i++) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0
      numbers[i] = (x / 2 ** 32 - 0.5) * scale
    }
    return numbers
  }
}

/** Puts the original's numbers in the upper left corner. */
const embed = (
  numbers: Float16Array,
  { shape }: TwinTensor,
  weights: Uint8Array<ArrayBuffer>,
  { byteLength, offset, shape: inner }: StoredTensor
): void => {
  const original = new Float16Array(weights.buffer.slice(offset, offset + byteLength))
  const [width, from] = [shape.at(-1)!, inner.at(-1)!]
  for (let row = 0; row * from < original.length; row++) {
    numbers.set(original.subarray(row * from, (row + 1) * from), row * width)
  }
}

import {
  closeSync,
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
import { type Layout, type MadeTensor, sizeOf, widthOf } from "./layout.ts"

/** The numbers of one tensor. */
export type Numbers = Float16Array<ArrayBuffer> | Float32Array<ArrayBuffer>

/**
 * Writes a model into a folder, in the Hugging Face layout, the same every time; `change` may put other numbers in a
 * tensor before it is written. A model that is there already is kept. Gives the folder.
 */
export const writeModel = (
  folder: string,
  layout: Layout,
  change: (numbers: Numbers, tensor: MadeTensor) => void = () => {}
): string => {
  const path = join(folder, "model.safetensors")
  if (isComplete(path, layout)) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "config.json"), layout.config)
  const unfinished = `${path}.${process.pid}`
  const file = openSync(unfinished, "w")
  const write = (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
  }
  write(layout.header)
  const fill = filler(layout.type)
  for (const tensor of layout.tensors) {
    const numbers = fill(tensor)
    change(numbers, tensor)
    write(new Uint8Array(numbers.buffer))
  }
  closeSync(file)
  // last and at once: weights that are there are whole, and everything else is there too
  renameSync(unfinished, path)
  return folder
}

const isComplete = (path: string, { config, header, parameters, type }: Layout): boolean => {
  if (!existsSync(path) || statSync(path).size !== header.length + widthOf(type) * parameters) return false
  const file = openSync(path, "r")
  const found = new Uint8Array(header.length)
  readSync(file, found)
  closeSync(file)
  if (Buffer.compare(found, header) !== 0) return false
  return readFileSync(join(path, "../config.json"), "utf8") === config
}

/**
 * Fills tensors, the same every time. No two that are spread are alike: a runtime would keep equal weights once, and
 * their cost would vanish.
 */
const filler = (type: Layout["type"]): ((tensor: MadeTensor) => Numbers) => {
  let x = 1
  return (tensor) => {
    const numbers = type === "F16" ? new Float16Array(sizeOf(tensor)) : new Float32Array(sizeOf(tensor))
    const { center, spread } = tensor.fill
    if (center !== 0 && spread === 0) return numbers.fill(center)
    for (let i = 0; i < numbers.length; i++) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0
      const off = (x / 2 ** 32 - 0.5) * spread
      numbers[i] = center === 0 ? off : center + off
    }
    return numbers
  }
}

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { basename, join } from "node:path"
import type { Dtype } from "../../onnx/dtype.ts"
import type { ElementType, Side } from "../../onnx/graph.ts"
import { scheme } from "../../onnx/quantize.ts"
import { readMetadata, readSafetensors } from "../../onnx/safetensors.ts"
import { safetensorsHeader } from "../../onnx/write_safetensors.ts"
import { LoadFailure, reasonOf } from "./load_failure.ts"

/** The file in a folder of quantized weights that belongs to a checkpoint as it is now. */
export const quantizedFile = (
  cache: string,
  { dtype, folder }: { readonly dtype: Dtype; readonly folder: string }
): string => join(cache, `${basename(folder)}-${dtype}-${fingerprint(folder)}.safetensors`)

/**
 * Stands for the weights of a folder and for how they are quantized. Of each file it takes name, size, time of the last
 * change, and 64 pages, so that other weights in a file of the same size and time are mostly seen.
 */
const fingerprint = (folder: string): string => {
  const hasher = new Bun.CryptoHasher("sha256").update(scheme)
  const page = 4096
  const names = readdirSync(folder).filter((name) => name.endsWith(".safetensors"))
  for (const name of names.sort()) {
    const path = join(folder, name)
    const stat = statSync(path)
    if (stat.size === 0) continue
    hasher.update(`\n${name}\n${stat.size}\n${stat.mtimeMs}\n`)
    const file = Bun.mmap(path)
    for (let i = 0; i < 64; i++) {
      const from = Math.floor((i * stat.size) / 64)
      hasher.update(file.subarray(from, from + page))
    }
  }
  return hasher.digest("hex").slice(0, 20)
}

/** The tensors of a file, mapped; none where it is not there, or not as it was written. */
export const readQuantized = (
  path: string
): { readonly ready: ReadonlyMap<string, Side>; readonly mapped: ReadonlyArray<Uint8Array> } => {
  try {
    const file = Bun.mmap(path)
    const ready = new Map<string, Side>()
    for (const [name, { byteLength, offset, shape, type }] of readSafetensors(path, file)) {
      const known = types[type]
      if (known !== undefined) {
        ready.set(name, { name, type: known, shape, data: file.subarray(offset, offset + byteLength) })
      }
    }
    if (readMetadata(file).checksum === checksum([...ready.values()])) return { ready, mapped: [file] }
  } catch {
    // whatever is wrong with the file, it is made anew
  }
  return { ready: new Map(), mapped: [] }
}

const types: Readonly<Record<string, ElementType>> = { U8: "uint8", F32: "float32" }

/**
 * Writes the file beside its place and moves it there, so that whoever reads it finds all of it or nothing, also while
 * others write the same. Errors: throws `LoadFailure`, and leaves nothing behind.
 */
export const writeQuantized = (path: string, given: ReadonlyArray<Side>): void => {
  // float32 first: behind other tensors it might lie across the words of memory
  const sides = [...given].sort((a, b) => Number(b.type === "float32") - Number(a.type === "float32"))
  const temporary = `${path}.${crypto.randomUUID()}`
  try {
    mkdirSync(join(path, ".."), { recursive: true })
    const file = openSync(temporary, "wx")
    try {
      writeFileSync(file, safetensorsHeader(sides, { format: "polylogit", checksum: checksum(sides) }))
      for (const { data } of sides) writeFileSync(file, data)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (thrown) {
    if (existsSync(temporary)) rmSync(temporary)
    throw new LoadFailure(`Cannot write quantized weights to ${path}: ${reasonOf(thrown)}`, { cause: thrown })
  }
}

/** Of names, types, shapes and data. It guards against accidents; 86 MB take 8 ms. */
const checksum = (sides: ReadonlyArray<Side>): string => {
  const each = sides.map(({ data, name, shape, type }) => [name, type, shape, Bun.hash.xxHash3(data).toString(16)])
  return Bun.hash.xxHash3(JSON.stringify(each)).toString(16)
}

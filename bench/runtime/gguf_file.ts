import { closeSync, openSync, writeSync } from "node:fs"

/** A value of a GGUF file's metadata; numbers say what they are. */
export type MetadataValue =
  | string
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly strings: ReadonlyArray<string> }
  | { readonly int32s: ReadonlyArray<number> }

/** A tensor as GGUF has it: sizes from the fastest to the slowest, and the bytes when they are due. */
export interface GgufTensor {
  readonly name: string
  readonly sizes: ReadonlyArray<number>
  readonly type: keyof typeof ggufType
  readonly data: () => Uint8Array
}

/** Element types: their number in GGUF, and the bytes of a block of so many weights. */
export const ggufType = {
  F32: { id: 0, bytes: 4, block: 1 },
  Q4_0: { id: 2, bytes: 18, block: 32 },
  Q8_0: { id: 8, bytes: 34, block: 32 }
} as const

const alignment = 32
const aligned = (size: number): number => alignment * Math.ceil(size / alignment)

/** Writes a GGUF file, version 3. */
export const writeGguf = (
  path: string,
  metadata: Readonly<Record<string, MetadataValue>>,
  tensors: ReadonlyArray<GgufTensor>
): void => {
  const chunks: Array<Uint8Array> = []
  const number = (bytes: number, set: (view: DataView) => void) => {
    const view = new DataView(new ArrayBuffer(bytes))
    set(view)
    chunks.push(new Uint8Array(view.buffer))
  }
  const u32 = (value: number) => number(4, (view) => view.setUint32(0, value, true))
  const u64 = (value: number) => number(8, (view) => view.setBigUint64(0, BigInt(value), true))
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value)
    u64(bytes.length)
    chunks.push(bytes)
  }
  const array = (type: number, length: number) => {
    u32(9)
    u32(type)
    u64(length)
  }
  chunks.push(new TextEncoder().encode("GGUF"))
  u32(3)
  u64(tensors.length)
  u64(Object.keys(metadata).length)
  for (const [key, value] of Object.entries(metadata)) {
    text(key)
    if (typeof value === "string") {
      u32(8)
      text(value)
    } else if ("uint32" in value) {
      u32(4)
      u32(value.uint32)
    } else if ("float32" in value) {
      u32(6)
      number(4, (view) => view.setFloat32(0, value.float32, true))
    } else if ("strings" in value) {
      array(8, value.strings.length)
      for (const one of value.strings) text(one)
    } else {
      array(5, value.int32s.length)
      for (const one of value.int32s) u32(one)
    }
  }
  let offset = 0
  for (const { name, sizes, type } of tensors) {
    text(name)
    u32(sizes.length)
    for (const size of sizes) u64(size)
    u32(ggufType[type].id)
    u64(offset)
    const { block, bytes } = ggufType[type]
    offset += aligned((sizes.reduce((product, size) => product * size, 1) / block) * bytes)
  }
  const head = Buffer.concat(chunks)
  const file = openSync(path, "w")
  const write = (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    write0(aligned(bytes.length) - bytes.length)
  }
  const write0 = (count: number) => writeSync(file, new Uint8Array(count))
  write(head)
  for (const { data } of tensors) write(data())
  closeSync(file)
}

import { CheckpointError } from "./checkpoint_error.ts"

/** Where a tensor lies: a range of bytes in a file. */
export interface StoredTensor {
  readonly file: string
  /** Element type as safetensors names it. */
  readonly type: string
  readonly shape: ReadonlyArray<number>
  /** From the beginning of the file. */
  readonly offset: number
  readonly byteLength: number
}

const bytesPerElement: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 }
}

/**
 * The tensors of a safetensors file by name. `file` may be a mapped file: only its header is read.
 * Everything is checked: the tensors cover the data exactly, each with the bytes that its shape asks for.
 *
 * Errors: throws `CheckpointError`.
 */
export const readSafetensors = (name: string, file: Uint8Array): ReadonlyMap<string, StoredTensor> => {
  const refuse = (what: string, cause?: unknown): never => {
    throw new CheckpointError(`Cannot read ${name} as safetensors: ${what}`, { cause })
  }
  if (file.byteLength < 8) refuse(`it holds ${file.byteLength} bytes, and the header alone needs more`)
  const headerLength = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true)
  const room = file.byteLength - 8
  if (headerLength > BigInt(room)) refuse(`its header claims ${headerLength} bytes and ${room} are there`)
  const begin = 8 + Number(headerLength)
  const entries = parseHeader(file.subarray(8, begin), refuse)

  const tensors = new Map<string, StoredTensor>()
  for (const [key, entry] of entries) {
    if (key !== "__metadata__") tensors.set(key, storedTensor(name, key, entry, begin, file.byteLength, refuse))
  }
  let end = begin
  for (const [key, tensor] of [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    if (tensor.offset < end) refuse(`the bytes of ${key} overlap those of another tensor`)
    if (tensor.offset > end) refuse(`there is a hole of ${tensor.offset - end} bytes before ${key}`)
    end = tensor.offset + tensor.byteLength
  }
  if (end !== file.byteLength) refuse(`${file.byteLength - end} bytes at its end belong to no tensor`)
  return tensors
}

/** What a safetensors file says of itself, as it stands in its header. The file must be one. */
export const readMetadata = (file: Uint8Array): Readonly<Record<string, unknown>> => {
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  return JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))).__metadata__ ?? {}
}

type Refuse = (what: string, cause?: unknown) => never

const parseHeader = (bytes: Uint8Array, refuse: Refuse): ReadonlyArray<readonly [string, unknown]> => {
  let text: string
  let header: unknown
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    header = JSON.parse(text)
  } catch (cause) {
    return refuse("its header is not JSON", cause)
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) return refuse("its header is no object")
  const entries = Object.entries(header)
  // JSON.parse keeps the last of several equal keys and says nothing
  if (countKeys(text) !== entries.length) refuse("its header names a tensor twice")
  return entries
}

/** The number of keys of the outermost object of a valid JSON text. */
const countKeys = (text: string): number => {
  let depth = 0
  let keys = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{" || token === "[") depth++
    else if (token === "}" || token === "]") depth--
    else if (token === ":" && depth === 1) keys++
  }
  return keys
}

const storedTensor = (
  file: string,
  name: string,
  entry: unknown,
  begin: number,
  end: number,
  refuse: Refuse
): StoredTensor => {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  const size = typeof dtype === "string" && Object.hasOwn(bytesPerElement, dtype) ? bytesPerElement[dtype] : undefined
  if (size === undefined) return refuse(`${name} has the unknown element type ${JSON.stringify(dtype)}`)
  if (!isSizes(shape)) return refuse(`${name} has the shape ${JSON.stringify(shape)}`)
  if (!isSizes(offsets) || offsets.length !== 2) return refuse(`${name} has the offsets ${JSON.stringify(offsets)}`)
  const [from, to] = offsets as [number, number]
  if (from > to || to > end - begin) refuse(`${name} lies at ${from} to ${to} of ${end - begin} bytes`)
  const expected = shape.reduce((product, dimension) => product * dimension, size)
  if (expected !== to - from) refuse(`${name} has ${to - from} bytes for the shape [${shape}] of ${dtype}`)
  return { file, type: dtype as string, shape, offset: begin + from, byteLength: to - from }
}

const isSizes = (value: unknown): value is ReadonlyArray<number> =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)

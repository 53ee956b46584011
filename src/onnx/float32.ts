import type { CheckpointTensor } from "./checkpoint.ts"
import { CheckpointError } from "./checkpoint_error.ts"
import type { ElementType } from "./graph.ts"

const readable: Readonly<Record<string, ElementType>> = { F32: "float32", F16: "float16", BF16: "bfloat16" }

/** The element type of a tensor that holds floating-point numbers. Errors: throws `CheckpointError` for any other. */
export const floatType = (name: string, { type }: CheckpointTensor): ElementType => {
  const found = readable[type]
  if (found === undefined) {
    throw new CheckpointError(`Cannot use ${name} as float32, float16 or bfloat16: it is ${type}`)
  }
  return found
}

/** The numbers of a tensor. Float32 that lies well in its file is a view of it; everything else is widened. */
export const toFloat32 = (name: string, tensor: CheckpointTensor): Float32Array => {
  const { byteLength, byteOffset } = tensor.bytes
  const type = floatType(name, tensor)
  if (type === "float32" && byteOffset % 4 === 0)
    return new Float32Array(tensor.bytes.buffer, byteOffset, byteLength / 4)
  const widened = new Float32Array(byteLength / (type === "float32" ? 4 : 2))
  readFloat32(type, tensor, 0, widened)
  return widened
}

/** Writes numbers of a tensor, from its number `from` on, over all of `into`. `type` is what `floatType` says. */
export const readFloat32 = (type: ElementType, { bytes }: CheckpointTensor, from: number, into: Float32Array): void => {
  const size = type === "float32" ? 4 : 2
  const part = bytes.subarray(from * size, (from + into.length) * size)
  const { buffer, byteOffset } = part.byteOffset % size === 0 ? part : part.slice()
  if (type === "float32") into.set(new Float32Array(buffer, byteOffset, into.length))
  else if (type === "float16") widen16(new Uint16Array(buffer, byteOffset, into.length), into)
  else widenBrain16(new Uint16Array(buffer, byteOffset, into.length), into)
}

const widenBrain16 = (halves: Uint16Array, into: Float32Array): void => {
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length)
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i]! << 16
}

/** All float16 numbers by their bits: a table is several times as fast as `Float16Array`. */
let all: Float32Array | undefined

const widen16 = (halves: Uint16Array, into: Float32Array): void => {
  all ??= Float32Array.from(new Float16Array(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits).buffer))
  const table = all
  for (let i = 0; i < into.length; i++) into[i] = table[halves[i]!]!
}

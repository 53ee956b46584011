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
  const { bytes } = tensor
  const type = floatType(name, tensor)
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  if (type === "float32") return new Float32Array(aligned.buffer, aligned.byteOffset, bytes.byteLength / 4)
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, bytes.byteLength / 2)
  if (type === "float16") return Float32Array.from(new Float16Array(halves.buffer, halves.byteOffset, halves.length))
  const widened = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) widened[i] = halves[i]! << 16
  return new Float32Array(widened.buffer)
}

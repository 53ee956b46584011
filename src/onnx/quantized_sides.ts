import type { CheckpointTensor } from "./checkpoint.ts"
import type { Side } from "./graph.ts"
import { type Matrix, outputsOf } from "./matrix.ts"
import { type Bits, blockSizeOf } from "./quantize.ts"
import { quantizeMatrix } from "./quantize_matrix.ts"

/**
 * A matrix as the constants of a `MatMulNBits`: values, scales and, in 4 bits, zeros, named after `key`. Taken from
 * `ready` where all of them are there, else quantized. Errors: throws `CheckpointError`.
 */
export const quantizedSides = (
  key: string,
  matrix: Matrix,
  stored: (name: string, shape: ReadonlyArray<number>) => CheckpointTensor,
  bits: Bits,
  ready: ReadonlyMap<string, Side>
): ReadonlyArray<Side> => {
  const outputs = outputsOf(matrix)
  const blockSize = blockSizeOf(matrix.inputs, bits)
  const blocks = Math.ceil(matrix.inputs / blockSize)
  const shapes: ReadonlyArray<Omit<Side, "data">> = [
    { name: key, type: "uint8", shape: [outputs, blocks, (blockSize * bits) / 8] },
    { name: `${key}:scales`, type: "float32", shape: [outputs, blocks] },
    { name: `${key}:zeros`, type: "uint8", shape: [outputs, Math.ceil(blocks / 2)] }
  ]
  const wanted = bits === 4 ? shapes : shapes.slice(0, 2)
  const found = wanted.flatMap((shape) => {
    const side = ready.get(shape.name)
    return side !== undefined && side.type === shape.type && `${side.shape}` === `${shape.shape}` ? [side] : []
  })
  if (found.length === wanted.length) return found
  const { scales, values, zeros } = quantizeMatrix(matrix, stored, bits)
  const data = [values, new Uint8Array(scales.buffer), zeros!]
  return wanted.map((shape, i) => ({ ...shape, data: data[i]! }))
}

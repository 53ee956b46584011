import type { CheckpointTensor } from "./checkpoint.ts"
import { CheckpointError } from "./checkpoint_error.ts"
import { floatType, readFloat32 } from "./float32.ts"
import type { Matrix } from "./matrix.ts"
import { type Bits, emptyQuantized, type Quantized, quantizeBlock } from "./quantize.ts"

/**
 * A matrix of a checkpoint in few bits. A row, or of transposed tensors a block of rows, is widened to float32 at a
 * time: there is never a copy of the whole.
 *
 * Errors: throws `CheckpointError`, also for numbers that are not finite.
 */
export const quantizeMatrix = (
  { inputs, order, parts, transposed = false }: Matrix,
  stored: (name: string, shape: ReadonlyArray<number>) => CheckpointTensor,
  bits: Bits
): Quantized => {
  const all = parts.reduce((sum, { outputs }) => sum + outputs, 0)
  const into = emptyQuantized(bits, all, inputs)
  const place = placeOf(order)
  let first = 0
  for (const { name, outputs } of parts) {
    const tensor = stored(name, transposed ? [inputs, outputs] : [outputs, inputs])
    const part = { name, tensor, inputs, outputs, place: (output: number) => place(begin + output) }
    const begin = first
    if (transposed) quantizeColumns(into, part)
    else quantizeRows(into, part)
    first += outputs
  }
  return into
}

interface Part {
  readonly name: string
  readonly tensor: CheckpointTensor
  readonly inputs: number
  readonly outputs: number
  /** Where an output of this part stands in the matrix. */
  readonly place: (output: number) => number
}

const placeOf = (order: Matrix["order"]): ((output: number) => number) => {
  if (order === undefined) return (output) => output
  const places = new Uint32Array(order.length)
  order.forEach((from, to) => {
    places[from] = to
  })
  return (output) => places[output]!
}

const quantizeRows = (into: Quantized, { inputs, name, outputs, place, tensor }: Part): void => {
  const type = floatType(name, tensor)
  const { blockSize } = into
  const row = new Float32Array(into.blocks * blockSize)
  const filled = row.subarray(0, inputs)
  for (let output = 0; output < outputs; output++) {
    readFloat32(type, tensor, output * inputs, filled)
    const to = place(output)
    let finite = true
    for (let block = 0; block < into.blocks; block++) {
      finite = quantizeBlock(into, to, block, row, block * blockSize) && finite
    }
    if (!finite) refuse(name)
  }
}

const quantizeColumns = (into: Quantized, { inputs, name, outputs, place, tensor }: Part): void => {
  const type = floatType(name, tensor)
  const { blockSize } = into
  const rows = new Float32Array(blockSize * outputs)
  const column = new Float32Array(blockSize)
  for (let block = 0; block < into.blocks; block++) {
    const from = block * blockSize
    const count = Math.min(blockSize, inputs - from)
    readFloat32(type, tensor, from * outputs, rows.subarray(0, count * outputs))
    column.fill(0)
    for (let output = 0; output < outputs; output++) {
      for (let i = 0; i < count; i++) column[i] = rows[i * outputs + output]!
      if (!quantizeBlock(into, place(output), block, column)) refuse(name)
    }
  }
}

const refuse = (name: string): never => {
  throw new CheckpointError(`Cannot quantize ${name} as finite numbers: it holds one that is infinite or not a number`)
}

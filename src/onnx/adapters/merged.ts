import type { Checkpoint } from "../checkpoint.ts"
import { toFloat32 } from "../float32.ts"
import type { Adapter, LowRank } from "./adapter.ts"

/**
 * The weights of a mix, `base + sum of coefficient * difference`, made of each tensor when it is asked for, as float32.
 * Source: Kangaslahti and Alvarez-Melis (arXiv:2404.07117), section 3.
 */
export const merged = (base: Checkpoint, adapters: ReadonlyArray<Adapter>, mix: ArrayLike<number>): Checkpoint => {
  const used = adapters.map((adapter, i) => ({ adapter, coefficient: mix[i]! })).filter((one) => one.coefficient !== 0)
  return {
    ...base,
    types: ["F32"],
    tensor: (name, shape) => {
      const stored = base.tensor(name, shape)
      const changes = used.flatMap(({ adapter, coefficient }): ReadonlyArray<Change> => {
        if (adapter.kind === "full") {
          const tuned = toFloat32(name, adapter.checkpoint.tensor(name, shape))
          return [(sums, before) => addDifference(sums, before, tuned, coefficient)]
        }
        const update = adapter.updates.get(name)
        return update === undefined ? [] : [(sums) => addLowRank(sums, update, coefficient)]
      })
      if (changes.length === 0) return stored
      const before = toFloat32(name, stored)
      const sums = Float64Array.from(before)
      for (const change of changes) change(sums, before)
      // the runtime reads where it lies: memory that is no part of an ArrayBuffer may move
      const numbers = new Float32Array(new ArrayBuffer(4 * sums.length))
      numbers.set(sums)
      return { ...stored, type: "F32", byteLength: numbers.byteLength, bytes: new Uint8Array(numbers.buffer) }
    }
  }
}

type Change = (sums: Float64Array, before: Float32Array) => void

const addDifference = (sums: Float64Array, before: Float32Array, after: Float32Array, coefficient: number): void => {
  for (let i = 0; i < sums.length; i++) sums[i]! += coefficient * (after[i]! - before[i]!)
}

const addLowRank = (
  sums: Float64Array,
  { down, inputs, outputs, rank, scale, transposed, up }: LowRank,
  coefficient: number
): void => {
  const [row, column] = transposed ? [1, outputs] : [inputs, 1]
  for (let output = 0; output < outputs; output++) {
    for (let i = 0; i < rank; i++) {
      const factor = coefficient * scale * up[output * rank + i]!
      const from = i * inputs
      const to = output * row
      for (let input = 0; input < inputs; input++) sums[to + input * column]! += factor * down[from + input]!
    }
  }
}

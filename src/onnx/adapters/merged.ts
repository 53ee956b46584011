import type { Checkpoint } from "../checkpoint.ts"
import { toFloat32 } from "../float32.ts"
import { floats } from "../floats.ts"
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
      const width = shape.at(-1)!
      const changes = used.flatMap(({ adapter, coefficient }): ReadonlyArray<AddTo> => {
        if (adapter.kind === "full") {
          return [difference(toFloat32(name, adapter.checkpoint.tensor(name, shape)), width, coefficient)]
        }
        const update = adapter.updates.get(name)
        return update === undefined ? [] : [lowRank(update, coefficient)]
      })
      if (changes.length === 0) return stored
      const before = toFloat32(name, stored)
      const numbers = floats(before.length)
      const sums = new Float64Array(width)
      for (let row = 0; row * width < numbers.length; row++) {
        const old = before.subarray(row * width, (row + 1) * width)
        sums.set(old)
        for (const addTo of changes) addTo(sums, row, old)
        numbers.set(sums, row * width)
      }
      return { ...stored, type: "F32", byteLength: numbers.byteLength, bytes: new Uint8Array(numbers.buffer) }
    }
  }
}

/** Adds to a row of a tensor, as it is stored, what an adapter makes of it. */
type AddTo = (sums: Float64Array, row: number, before: Float32Array) => void

const difference =
  (after: Float32Array, width: number, coefficient: number): AddTo =>
  (sums, row, before) => {
    for (let i = 0; i < width; i++) sums[i]! += coefficient * (after[row * width + i]! - before[i]!)
  }

const lowRank =
  ({ down, inputs, rank, scale, transposed, up }: LowRank, coefficient: number): AddTo =>
  (sums, row) => {
    for (let at = 0; at < rank; at++) {
      const factor = coefficient * scale * (transposed ? down[at * inputs + row]! : up[row * rank + at]!)
      // a row is stored for each output, of all inputs; transposed for each input, of all outputs
      if (transposed) for (let i = 0; i < sums.length; i++) sums[i]! += factor * up[i * rank + at]!
      else for (let i = 0; i < sums.length; i++) sums[i]! += factor * down[at * inputs + i]!
    }
  }

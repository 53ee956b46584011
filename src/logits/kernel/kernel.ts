import type { Row } from "../row.ts"
import { table, unit } from "./exponential.ts"
import { type Exports, kernels, step } from "./kernels.ts"
import { toModule } from "./wasm.ts"

/**
 * One row at work, in float64 and outside of JavaScript's memory: a row comes in, is changed in place, and is taken out
 * as a copy. Whoever begins with it takes out what he wants before anyone else begins.
 */
export interface Kernel {
  /** Puts a row in; gives its largest score, NaN passed over. */
  readonly load: (row: Row) => number
  /** Puts `exp((x - max) * factor)` in place of each x, in a unit that `normalize` knows; gives their sum. */
  readonly exponentiate: (max: number, factor: number) => number
  /** Divides exponentials by their sum. */
  readonly normalize: (sum: number) => void
  /**
   * Puts in the scores of another row of the same length where they are larger or, for `intersection`, not larger; gives
   * for each token the number of the side that it came from, `own` or `other`.
   */
  readonly choose: (by: "union" | "intersection", row: Row, own: number, other: number) => Float64Array
  /** The row, for the caller to keep. */
  readonly take: () => Float64Array
}

const open = (): Kernel | undefined => {
  const bytes = toModule(kernels, 4)
  if (!WebAssembly.validate(bytes)) return undefined
  const own = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports
  const at = table.length * 8
  let floats = new Float32Array(own.memory.buffer)
  let doubles = new Float64Array(own.memory.buffer)
  doubles.set(table)
  let size = 0
  let end = at
  /** Makes room for three rows: the one at work first. */
  const reserve = (length: number) => {
    size = length
    end = at + Math.ceil(length / step) * step * 8
    const missing = 3 * end - 2 * at - own.memory.buffer.byteLength
    if (missing <= 0) return
    own.memory.grow(Math.ceil(missing / 65_536))
    floats = new Float32Array(own.memory.buffer)
    doubles = new Float64Array(own.memory.buffer)
  }
  /** Puts a row at an address, and `filler` behind it. */
  const place = (row: Row, address: number, filler: number) => {
    const wide = row instanceof Float64Array
    const memory = wide ? doubles : floats
    const first = address / memory.BYTES_PER_ELEMENT
    memory.set(row, first)
    if (size % step !== 0) memory.fill(filler, first + size, first + Math.ceil(size / step) * step)
    return wide
  }
  return {
    load: (row) => {
      reserve(row.length)
      if (place(row, row instanceof Float64Array ? at : end, Number.NEGATIVE_INFINITY)) return own.largest(at, end)
      return own.promote(end, at, end)
    },
    choose: (by, row, mine, other) => {
      const [second, third] = [end, 2 * end - at]
      if (!place(row, row instanceof Float64Array ? second : third, 0)) own.promote(third, second, third)
      own[by](at, second, third, end, mine, other)
      return doubles.slice(third / 8, third / 8 + size)
    },
    exponentiate: (max, factor) => own.exponentiate(at, end, max, factor) * unit,
    normalize: (sum) => own.multiply(at, end, unit / sum),
    take: () => doubles.slice(at / 8, at / 8 + size)
  }
}

let opened: Kernel | undefined | null = null

/** From here on the kernel is faster than plain loops. Units: tokens. */
const fewest = 32

/** The kernel for rows of this length: `undefined` where plain loops are faster, or the processor has no SIMD. */
export const kernelFor = (size: number): Kernel | undefined => {
  if (size < fewest) return undefined
  if (opened === null) opened = open()
  return opened
}

import type { Past } from "./runner.ts"

/** A past as exported graphs have it: tensors `[1, heads, length, size]`, never written to, so that copies share them. */
export interface ExportedPast extends Past {
  readonly tensors: ReadonlyArray<Float32Array>
  readonly replace: (tensors: ReadonlyArray<Float32Array>, length: number) => void
}

/** Heads and the size of each, for every tensor. */
export type ExportedShapes = ReadonlyArray<{ readonly heads: number; readonly size: number }>

/** A past of the tensors given; of none, an empty one. */
export const exportedPast = (
  shapes: ExportedShapes,
  given: ReadonlyArray<Float32Array> = shapes.map(() => new Float32Array(0)),
  covered = 0
): ExportedPast => {
  let tensors = given
  let length = covered
  const first = (count: number) =>
    count >= length ? tensors : tensors.map((tensor, i) => firstTokens(tensor, shapes[i]!, length, count))
  return {
    get tensors() {
      return tensors
    },
    get length() {
      return length
    },
    get byteLength() {
      return tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0)
    },
    replace: (by, count) => {
      tensors = by
      length = count
    },
    truncate: (count) => {
      tensors = first(count)
      length = Math.min(length, count)
    },
    copy: (count) => exportedPast(shapes, first(count), Math.min(length, count)),
    release: () => {
      tensors = []
      length = 0
    }
  }
}

const firstTokens = (
  tensor: Float32Array,
  { heads, size }: ExportedShapes[number],
  length: number,
  count: number
): Float32Array => {
  const kept = new Float32Array(heads * count * size)
  for (let head = 0; head < heads; head++) {
    const begin = head * length * size
    kept.set(tensor.subarray(begin, begin + count * size), head * count * size)
  }
  return kept
}

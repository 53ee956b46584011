import { floats } from "../../onnx/floats.ts"
import type { Past } from "./runner.ts"

/** A past that lies token by token: a prefix of it is a view. */
export interface PackedPast extends Past {
  /** Tensor `index` over all tokens, `[length * width]`: a view. */
  readonly tensor: (index: number) => Float32Array
  /** Appends `count` tokens from `[tensors, n, width]`, beginning at token `first` of the `n`. */
  readonly append: (fresh: Float32Array, n: number, first: number, count: number) => void
}

interface Shape {
  readonly tensors: number
  /** Numbers a token has in each tensor. */
  readonly width: number
}

/** An empty past with room for `capacity` tokens; it grows. */
export const packedPast = (shape: Shape, capacity = 64): PackedPast => {
  const { tensors, width } = shape
  let room = capacity
  let data = floats(tensors * room * width)
  let length = 0

  const reserve = (needed: number) => {
    if (needed <= room) return
    const wider = 2 ** Math.ceil(Math.log2(needed))
    const moved = floats(tensors * wider * width)
    for (let i = 0; i < tensors; i++) moved.set(tensor(i), i * wider * width)
    room = wider
    data = moved
  }
  const tensor = (index: number) => data.subarray(index * room * width, (index * room + length) * width)

  return {
    get length() {
      return length
    },
    get byteLength() {
      return data.byteLength
    },
    tensor,
    append: (fresh, n, first, count) => {
      reserve(length + count)
      for (let i = 0; i < tensors; i++) {
        const added = fresh.subarray((i * n + first) * width, (i * n + first + count) * width)
        data.set(added, (i * room + length) * width)
      }
      length += count
    },
    truncate: (to) => {
      length = Math.min(length, to)
    },
    copy: (to) => {
      const copied = packedPast(shape, room)
      copied.append(data, room, 0, Math.min(length, to))
      return copied
    },
    release: () => {
      data = floats(0)
      length = 0
    }
  }
}

import { floats } from "../../../onnx/floats.ts"
import type { Past } from "../runner.ts"
import type { Library } from "./library.ts"
import { type TensorValue, tensorValue } from "./tensor_value.ts"

/** A past that runs write into: a key and a value tensor `[1, heads, capacity, headSize]` for each layer. */
export interface InPlacePast extends Past {
  /** Makes room for `count` tokens in all. */
  readonly reserve: (count: number) => void
  /**
   * Addresses of the tensors, key and value of layer 0, of layer 1, …, each as a low and a high half; they change when
   * room is made.
   */
  readonly addresses: Uint32Array
  /** The run has written so many tokens behind the others. */
  readonly advance: (count: number) => void
}

/** Sizes of the tensors of a past. */
export interface PastShape {
  readonly tensors: number
  readonly heads: number
  readonly headSize: number
  /** No past is longer. */
  readonly contextLength: number
}

/** Room that a first run finds. Units: tokens. */
const first = 64

/** Makes pasts, and releases those that are left with them. */
export const inPlacePasts = (library: Library, shape: PastShape) => {
  const living = new Set<Disposable>()
  const nothing = allocate(library, shape, 0)
  return {
    empty: (): InPlacePast => inPlacePast(library, shape, living, nothing, 0),
    [Symbol.dispose]: () => {
      for (const past of living) past[Symbol.dispose]()
      nothing.owned.dispose()
    }
  }
}

const inPlacePast = (
  library: Library,
  shape: PastShape,
  living: Set<Disposable>,
  from: Memory,
  known: number
): InPlacePast => {
  const grown = (source: Memory, kept: number, needed: number) => {
    const room = Math.max(first, 2 ** Math.ceil(Math.log2(needed)))
    const memory = allocate(library, shape, Math.max(needed, Math.min(room, shape.contextLength)))
    copyTokens(shape, source, memory, kept)
    return memory
  }
  let length = known
  let memory = grown(from, known, known)
  const release = () => {
    living.delete(owner)
    memory.owned.dispose()
  }
  const owner = { [Symbol.dispose]: release }
  living.add(owner)
  return {
    get length() {
      return length
    },
    get byteLength() {
      return memory.data.byteLength
    },
    get addresses() {
      if (memory.owned.disposed) throw new Error("Cannot use a past: it was released")
      return memory.addresses
    },
    reserve: (count) => {
      if (count <= memory.capacity) return
      const before = memory
      memory = grown(before, length, count)
      before.owned.dispose()
    },
    advance: (count) => {
      length += count
    },
    truncate: (to) => {
      length = Math.min(length, to)
    },
    copy: (to) => inPlacePast(library, shape, living, memory, Math.min(length, to)),
    release
  }
}

/** Copies the first `count` tokens, head by head. */
const copyTokens = ({ headSize, heads, tensors }: PastShape, from: Memory, to: Memory, count: number): void => {
  for (let i = 0; i < tensors * heads; i++) {
    const begin = i * from.capacity * headSize
    to.data.set(from.data.subarray(begin, begin + count * headSize), i * to.capacity * headSize)
  }
}

interface Memory {
  readonly capacity: number
  readonly data: Float32Array
  readonly addresses: Uint32Array
  readonly owned: DisposableStack
}

const allocate = (library: Library, { headSize, heads, tensors }: PastShape, capacity: number): Memory => {
  const owned = new DisposableStack()
  const size = heads * capacity * headSize
  const data = floats(tensors * size)
  const values = Array.from({ length: tensors }, (_, i): TensorValue => {
    const own = data.subarray(i * size, (i + 1) * size)
    return owned.use(tensorValue(library, { type: "float32", shape: [1, heads, capacity, headSize], data: own }))
  })
  const addresses = BigUint64Array.from(values, ({ pointer }) => BigInt(pointer))
  return { capacity, data, owned, addresses: new Uint32Array(addresses.buffer) }
}

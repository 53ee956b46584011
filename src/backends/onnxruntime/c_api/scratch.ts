import type { ElementType } from "../../../onnx/graph.ts"
import type { Library } from "./library.ts"
import { type TensorValue, tensorValue } from "./tensor_value.ts"

/** Memory that is used again by every run, as tensors of whatever length the run needs. */
export interface Scratch<A extends ArrayBufferView> extends Disposable {
  /** All of it; it is another array once a longer one was asked for. */
  readonly data: A
  /** The tensor over its first `count` rows. */
  readonly tensor: (count: number) => TensorValue
}

/** Tensors of so many lengths are kept. */
const most = 64

const bytes = { float32: 4, int64: 8, int32: 4 } as const
/** 64-bit numbers are given as two halves of 32, the low one first: a number that is not negative makes no BigInt. */
type View<Type extends keyof typeof bytes> = Type extends "float32" ? Float32Array : Int32Array

/** Memory for tensors of one type; `shape` says what a tensor of `count` rows looks like, `width` how long a row is. */
export const scratch = <Type extends keyof typeof bytes & ElementType>(
  library: Library,
  type: Type,
  width: number,
  shape: (count: number) => ReadonlyArray<number>
): Scratch<View<Type>> => {
  const words = (width * bytes[type]) / 4
  const make = (count: number) => {
    const array = type === "float32" ? Float32Array : Int32Array
    return new array(new ArrayBuffer(4 * count * words)) as View<Type>
  }
  let room = 1
  let data = make(room)
  let owned = new DisposableStack()
  let tensors = new Map<number, TensorValue>()
  const forget = () => {
    owned.dispose()
    owned = new DisposableStack()
    tensors = new Map()
  }
  return {
    get data() {
      return data
    },
    tensor: (count) => {
      if (count > room || tensors.size >= most) forget()
      if (count > room) {
        room = 2 ** Math.ceil(Math.log2(count))
        data = make(room)
      }
      const made = tensors.get(count)
      if (made !== undefined) return made
      const own = data.subarray(0, count * words)
      const tensor = owned.use(tensorValue(library, { type, shape: shape(count), data: own }))
      tensors.set(count, tensor)
      return tensor
    },
    [Symbol.dispose]: () => owned.dispose()
  }
}

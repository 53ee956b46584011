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

const arrays = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array } as const
type Arrays = { readonly [Type in keyof typeof arrays]: InstanceType<(typeof arrays)[Type]> }

/** Memory for tensors of one type; `shape` says what a tensor of `count` rows looks like, `width` how long a row is. */
export const scratch = <Type extends keyof Arrays & ElementType>(
  library: Library,
  type: Type,
  width: number,
  shape: (count: number) => ReadonlyArray<number>
): Scratch<Arrays[Type]> => {
  const make = (count: number) => {
    const array = arrays[type]
    return new array(new ArrayBuffer(count * width * array.BYTES_PER_ELEMENT)) as Arrays[Type]
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
      const own = data.subarray(0, count * width)
      const made = tensors.get(count) ?? owned.use(tensorValue(library, { type, shape: shape(count), data: own }))
      tensors.set(count, made)
      return made
    },
    [Symbol.dispose]: () => owned.dispose()
  }
}

import { ptr } from "bun:ffi"
import { type ElementType, elementType } from "../../../onnx/graph.ts"
import type { Library } from "./library.ts"

/** A tensor of the runtime over memory of JavaScript, which it reads and writes where it lies. */
export interface TensorValue extends Disposable {
  /** Errors: throws once it is released. */
  readonly pointer: number
  /** Referenced as long as the tensor is. */
  readonly data: ArrayBufferView
}

/** Where a tensor lies, and how it is read. */
export interface Place {
  readonly type: ElementType
  readonly shape: ReadonlyArray<number>
  /** Memory of an ArrayBuffer that was made as one, or a mapped file: a typed array made without one may move. */
  readonly data: ArrayBufferView
}

/** The address of a tensor without elements: the runtime wants one, and does not read it. */
const nowhere = new Uint8Array(new ArrayBuffer(8))

/** A tensor over memory. */
export const tensorValue = (library: Library, { data, shape, type }: Place): TensorValue => {
  const sizes = BigInt64Array.from(shape, BigInt)
  const handle = library.create(
    "CreateTensorWithDataAsOrtValue",
    "ReleaseValue",
    library.memory,
    ptr(data.byteLength === 0 ? nowhere : (data as Uint8Array)),
    data.byteLength,
    shape.length === 0 ? null : ptr(sizes),
    shape.length,
    elementType[type]
  )
  return {
    data,
    get pointer() {
      return handle.pointer
    },
    [Symbol.dispose]: () => handle[Symbol.dispose]()
  }
}

import { ptr } from "bun:ffi"
import { type ElementType, elementType } from "../../../onnx/graph.ts"
import type { Handle } from "./handle.ts"
import type { Library } from "./library.ts"

/** A tensor of the runtime over memory of JavaScript, which it reads and writes in place. */
export interface Value extends Disposable {
  readonly pointer: number
}

/**
 * A tensor over `data`, which is referenced as long as the tensor lives. `data` must lie in an ArrayBuffer that was
 * made as one: small typed arrays that were not move when their buffer is first asked for.
 */
export const value = (
  library: Library,
  type: ElementType,
  shape: ReadonlyArray<number>,
  data: ArrayBufferView
): Value => {
  const dimensions = BigInt64Array.from(shape, BigInt)
  const kept = [data, dimensions] as const
  const address = data.byteLength === 0 ? ptr(nowhere) : ptr(data as Uint8Array)
  const handle: Handle = library.create(
    "CreateTensorWithDataAsOrtValue",
    "ReleaseValue",
    library.memory,
    address,
    data.byteLength,
    shape.length === 0 ? null : ptr(dimensions),
    shape.length,
    elementType[type]
  )
  return {
    get pointer() {
      return kept.length > 0 ? handle.pointer : 0
    },
    [Symbol.dispose]: () => handle[Symbol.dispose]()
  }
}

/** The address of a tensor without elements: the runtime wants one, and does not read it. */
const nowhere = new Uint8Array(new ArrayBuffer(8))

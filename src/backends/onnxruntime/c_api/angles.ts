import type { Rotary } from "../../../onnx/decoder.ts"
import type { Library } from "./library.ts"
import { type Scratch, scratch } from "./scratch.ts"

/** Cosines and sines of a rotary embedding by position, computed as far as texts have come. */
export interface Angles extends Disposable {
  /** Addresses of cosines and sines, for positions below `count`. */
  readonly upTo: (count: number) => readonly [number, number]
}

/** Tables that begin empty. */
export const angles = (library: Library, { frequencies, scale = 1 }: Rotary): Angles => {
  const pairs = frequencies.length
  const table = (): Scratch<Float32Array> => scratch(library, "float32", pairs, (count) => [count, pairs])
  const [cosines, sines] = [table(), table()]
  let known = 0
  return {
    upTo: (count) => {
      if (count > known) {
        known = 2 ** Math.ceil(Math.log2(Math.max(count, 64)))
        cosines.tensor(known)
        sines.tensor(known)
        for (let position = 0; position < known; position++) {
          for (let i = 0; i < pairs; i++) {
            // as Hugging Face: the angle is rounded to float32 before it is turned into a cosine
            const angle = Math.fround(position * frequencies[i]!)
            cosines.data[position * pairs + i] = Math.cos(angle) * scale
            sines.data[position * pairs + i] = Math.sin(angle) * scale
          }
        }
      }
      return [cosines.tensor(known).pointer, sines.tensor(known).pointer]
    },
    [Symbol.dispose]: () => {
      cosines[Symbol.dispose]()
      sines[Symbol.dispose]()
    }
  }
}

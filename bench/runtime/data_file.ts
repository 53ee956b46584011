import { closeSync, openSync, writeSync } from "node:fs"
import { basename } from "node:path"
import type { WeightData } from "../../src/onnx/graph.ts"

const page = 4096

/** A file that weights are written to one after the other, for a graph that points into it. */
export const dataFile = (path: string) => {
  const file = openSync(path, "w")
  let end = 0
  return {
    write: (numbers: Int8Array | Uint8Array | Float32Array<ArrayBuffer>): WeightData => {
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
      const offset = end
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes.subarray(done))
      // the runtime maps weights that begin at a page
      end = page * Math.ceil((offset + bytes.length) / page)
      writeSync(file, new Uint8Array(end - offset - bytes.length))
      return { file: basename(path), offset, byteLength: bytes.length }
    },
    close: () => closeSync(file)
  }
}

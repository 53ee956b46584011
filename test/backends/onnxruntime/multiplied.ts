import { InferenceSession, Tensor } from "onnxruntime-node"
import { fromFiles } from "../../../src/onnx/checkpoint.ts"
import type { Dtype } from "../../../src/onnx/dtype.ts"
import { make } from "../../../src/onnx/graph.ts"
import type { Matrix } from "../../../src/onnx/matrix.ts"
import { weightsOf } from "../../../src/onnx/weights.ts"
import { safetensors } from "../../onnx/safetensors_file.ts"

/** A checkpoint of float32 tensors. */
export const checkpointOf = (
  tensors: Readonly<Record<string, { shape: ReadonlyArray<number>; data: Float32Array }>>
) => {
  let at = 0
  const header: Record<string, unknown> = {}
  for (const [name, { data, shape }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + data.byteLength] }
    at += data.byteLength
  }
  const bytes = Buffer.concat(Object.values(tensors).map(({ data }) => new Uint8Array(data.buffer)))
  return fromFiles(new Map([["m", safetensors(header, new Uint8Array(bytes))]]))
}

/** A graph of one matrix: gives what the runtime makes of rows `[n, inputs]`. */
export const multiplier = async (checkpoint: ReturnType<typeof checkpointOf>, matrix: Matrix, dtype: Dtype) => {
  const graph = make()
  const x = graph.input("x", "float32", [1, "n", matrix.inputs])
  const weights = weightsOf(checkpoint, { dtype })
  const outputs = matrix.parts.reduce((sum, part) => sum + part.outputs, 0)
  graph.output("y", weights.linear(graph, x, matrix), "float32", [1, "n", outputs])
  const session = await InferenceSession.create(graph.toBytes(), {
    externalData: graph.sides().map(({ data, name }) => ({ path: name, data })),
    intraOpNumThreads: 2,
    logSeverityLevel: 4
  })
  return {
    run: async (rows: ReadonlyArray<Float32Array>): Promise<ReadonlyArray<Float32Array>> => {
      const joined = new Float32Array(rows.length * matrix.inputs)
      rows.forEach((row, i) => {
        joined.set(row, i * matrix.inputs)
      })
      const { y } = await session.run({ x: new Tensor("float32", joined, [1, rows.length, matrix.inputs]) })
      const all = y!.data as Float32Array
      return rows.map((_, i) => all.slice(i * outputs, (i + 1) * outputs))
    },
    release: () => session.release()
  }
}

/** Numbers that look random, with a few large ones among them. */
export const noise = (length: number, seed: number): Float32Array => {
  let state = seed * 2654435761 + 1
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  return Float32Array.from({ length }, () => (next() + next() + next()) * (next() > 0.48 ? 8 : 1))
}

import { Tensor } from "onnxruntime-node"
import type { Encoder } from "../../../onnx/encoder.ts"
import { raggedModel } from "../../../onnx/ragged.ts"
import type { Weights } from "../../../onnx/weights.ts"
import { rowsOf } from "../runner.ts"
import { openSession } from "../session.ts"
import type { Settings } from "../settings.ts"
import type { TextRunner } from "./text_runner.ts"

/** Runs an encoder in the ragged form. */
export const raggedRunner = async (encoder: Encoder, weights: Weights, settings: Settings): Promise<TextRunner> => {
  const session = await openSession(raggedModel(encoder, weights), settings)
  return {
    texts: Number.POSITIVE_INFINITY,
    sameLength: false,
    run: async (texts) => {
      const { logits } = await session.run(feedsOf(encoder, texts))
      return rowsOf(logits!.data as Float32Array, encoder.labels, 0, texts.length)
    },
    release: () => session.release()
  }
}

const feedsOf = (encoder: Encoder, texts: ReadonlyArray<Int32Array>): Record<string, Tensor> => {
  const n = texts.reduce((sum, { length }) => sum + length, 0)
  const longest = Math.max(...texts.map(({ length }) => length))
  const stream = new BigInt64Array(2 * n)
  const grid = new BigInt64Array(texts.length * longest).fill(-1n)
  let at = 0
  texts.forEach((tokens, text) => {
    const positions = encoder.positions(tokens)
    for (let i = 0; i < tokens.length; i++) {
      stream[at] = BigInt(tokens[i]!)
      stream[n + at] = BigInt(positions[i]!)
      grid[text * longest + i] = BigInt(at++)
    }
  })
  return { stream: new Tensor("int64", stream, [2, n]), grid: new Tensor("int64", grid, [texts.length, longest]) }
}

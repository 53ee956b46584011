import type { Encoder } from "../../../onnx/encoders/encoder.ts"
import { raggedModel } from "../../../onnx/ragged.ts"
import type { Weights } from "../../../onnx/weights.ts"
import type { Given, Open } from "../graph_session.ts"
import { rowsOf } from "../runner.ts"
import type { TextRunner } from "./text_runner.ts"

/** Runs an encoder in the ragged form. */
export const raggedRunner = async (encoder: Encoder, weights: Weights, open: Open): Promise<TextRunner> => {
  const session = await open(raggedModel(encoder, weights))
  return {
    texts: Number.POSITIVE_INFINITY,
    sameLength: false,
    run: async (texts) => {
      const { logits } = await session.run(inputsOf(encoder, texts), { logits: [1, texts.length, encoder.labels] })
      return rowsOf(logits!, encoder.labels, 0, texts.length)
    },
    release: () => session.release()
  }
}

const inputsOf = (encoder: Encoder, texts: ReadonlyArray<Int32Array>): Record<string, Given> => {
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
  return {
    stream: { type: "int64", shape: [2, n], data: stream },
    grid: { type: "int64", shape: [texts.length, longest], data: grid }
  }
}

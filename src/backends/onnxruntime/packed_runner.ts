import { type InferenceSession, Tensor } from "onnxruntime-node"
import type { Decoder } from "../../onnx/decoder.ts"
import { packedModel } from "../../onnx/packed.ts"
import type { Weights } from "../../onnx/weights.ts"
import { type PackedPast, packedPast } from "./packed_past.ts"
import { type Block, type Runner, rowsOf } from "./runner.ts"
import { openSession } from "./session.ts"
import type { Settings } from "./settings.ts"

/**
 * Runs a decoder in the packed form, with one session for each number of slots, opened when first needed. The first
 * one is opened at once, so that a model that cannot be built is known when it is loaded.
 */
export const packedRunner = async (
  decoder: Decoder,
  weights: Weights,
  settings: Settings
): Promise<Runner<PackedPast>> => {
  const sizes = [...(settings.slots ?? defaultSlots(weights.parameters))].sort((a, b) => a - b)
  const sessions = new Map<number, Promise<InferenceSession>>()
  const sessionFor = (slots: number): Promise<InferenceSession> => {
    const open = sessions.get(slots) ?? openSession(packedModel(decoder, weights, slots), settings)
    sessions.set(slots, open)
    return open
  }
  await sessionFor(sizes[0]!)
  const shape = { tensors: 2 * decoder.layers, width: decoder.keyValueWidth }
  const nothing = packedPast(shape)

  return {
    contextLength: decoder.contextLength,
    vocabularySize: decoder.vocabularySize,
    slots: sizes.at(-1)!,
    blockLength: settings.blockLength,
    emptyPast: () => packedPast(shape),
    run: async (blocks) => {
      const slots = sizes.find((size) => size >= blocks.length)!
      const session = await sessionFor(slots)
      // a slot without a sequence scores one token that nobody asks for
      const idle = Array.from({ length: slots - blocks.length }, () => ({
        past: nothing,
        tokens: Int32Array.of(0),
        rows: 0
      }))
      const all = [...blocks, ...idle]
      const { fresh, logits } = await session.run(feedsOf(all, shape))
      const n = fresh!.dims[1]!
      let token = 0
      let row = 0
      return blocks.map(({ past, rows, tokens }) => {
        past.append(fresh!.data as Float32Array, n, token, tokens.length)
        token += tokens.length
        row += rows
        return rowsOf(logits!.data as Float32Array, decoder.vocabularySize, row - rows, rows)
      })
    },
    release: async () => {
      for (const session of sessions.values()) await (await session).release()
      sessions.clear()
    }
  }
}

const defaultSlots = (parameters: number): ReadonlyArray<number> => {
  if (parameters < 2 ** 25) return [1, 2, 3, 4, 6, 8]
  return parameters < 2 ** 29 ? [1, 4] : [4]
}

const feedsOf = (
  blocks: ReadonlyArray<Block<PackedPast>>,
  { tensors, width }: { readonly tensors: number; readonly width: number }
): Record<string, Tensor> => {
  const n = blocks.reduce((sum, { tokens }) => sum + tokens.length, 0)
  const asked = blocks.reduce((sum, { rows }) => sum + rows, 0)
  const stream = new BigInt64Array(2 * n)
  const plan = new BigInt64Array(2 * blocks.length + asked)
  // the low halves of the 64-bit numbers, which are never negative: no BigInt is made
  const streamLow = new Int32Array(stream.buffer)
  const planLow = new Int32Array(plan.buffer)
  const feeds: Record<string, Tensor> = {}
  let at = 0
  let row = 2 * blocks.length
  blocks.forEach(({ past, rows, tokens }, slot) => {
    for (let i = 0; i < tokens.length; i++) {
      streamLow[2 * (at + i)] = tokens[i]!
      streamLow[2 * (n + at + i)] = past.length + i
    }
    at += tokens.length
    planLow[2 * slot] = tokens.length
    planLow[2 * (blocks.length + slot)] = past.length + tokens.length
    for (let i = at - rows; i < at; i++) planLow[2 * row++] = i
    for (let i = 0; i < tensors; i++) {
      feeds[`past.${slot}.${i}`] = new Tensor("float32", past.tensor(i), [1, past.length, width])
    }
  })
  feeds.stream = new Tensor("int64", stream, [2, n])
  feeds.plan = new Tensor("int64", plan, [plan.length])
  return feeds
}

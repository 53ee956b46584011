import type { SidePaths } from "../../onnx/adapters/side_paths.ts"
import type { Decoder } from "../../onnx/decoder.ts"
import { floats } from "../../onnx/floats.ts"
import { packedModel } from "../../onnx/packed.ts"
import type { Weights } from "../../onnx/weights.ts"
import type { Given, GraphSession, Open } from "./graph_session.ts"
import { writeMixes } from "./mix.ts"
import { type PackedPast, packedPast } from "./packed_past.ts"
import { type Block, type Runner, rowsOf } from "./runner.ts"
import type { Settings } from "./settings.ts"
import { slotsOf } from "./slots.ts"

/**
 * Runs a decoder in the packed form, with one session for each number of slots, opened when first needed. The first
 * one is opened at once, so that a model that cannot be built is known when it is loaded.
 */
export const packedRunner = async (
  decoder: Decoder,
  weights: Weights,
  open: Open,
  settings: Settings,
  adapters?: SidePaths
): Promise<Runner<PackedPast>> => {
  const sizes = slotsOf(settings.slots, { parameters: weights.parameters, shared: false })
  const sessions = new Map<string, Promise<GraphSession>>()
  const sessionFor = (slots: number, beside?: SidePaths): Promise<GraphSession> => {
    const key = `${slots}${beside === undefined ? "" : " mixed"}`
    const session = sessions.get(key) ?? open(packedModel(decoder, weights, slots, beside))
    sessions.set(key, session)
    return session
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
      const mixed = blocks.some(({ mix }) => mix !== undefined) ? adapters : undefined
      const session = await sessionFor(slots, mixed)
      // a slot without a sequence scores one token that nobody asks for
      const idle = { past: nothing, tokens: Int32Array.of(0), rows: 0 }
      const all = [...blocks, ...Array.from({ length: slots - blocks.length }, () => idle)]
      const n = all.reduce((sum, { tokens }) => sum + tokens.length, 0)
      const asked = all.reduce((sum, { rows }) => sum + rows, 0)
      const inputs = inputsOf(all, n, asked, shape)
      if (mixed !== undefined) inputs.mix = mixInput(all, n, mixed.count)
      const { fresh, logits } = await session.run(inputs, {
        logits: [1, asked, decoder.vocabularySize],
        fresh: [shape.tensors, n, shape.width]
      })
      let token = 0
      let row = 0
      return blocks.map(({ past, rows, tokens }) => {
        past.append(fresh!, n, token, tokens.length)
        token += tokens.length
        row += rows
        return rowsOf(logits!, decoder.vocabularySize, row - rows, rows)
      })
    },
    release: async () => {
      for (const session of sessions.values()) await (await session).release()
      sessions.clear()
    }
  }
}

/** The coefficients of each token, `[1, n, count]`. */
const mixInput = (blocks: ReadonlyArray<Block<PackedPast>>, n: number, count: number): Given => {
  const data = floats(n * count)
  writeMixes(blocks, count, data)
  return { type: "float32", shape: [1, n, count], data }
}

const inputsOf = (
  blocks: ReadonlyArray<Block<PackedPast>>,
  n: number,
  asked: number,
  { tensors, width }: { readonly tensors: number; readonly width: number }
): Record<string, Given> => {
  const stream = new BigInt64Array(new ArrayBuffer(16 * n))
  const plan = new BigInt64Array(new ArrayBuffer(8 * (2 * blocks.length + asked)))
  // the low halves of the 64-bit numbers, which are never negative: no BigInt is made
  const streamLow = new Int32Array(stream.buffer)
  const planLow = new Int32Array(plan.buffer)
  const inputs: Record<string, Given> = {}
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
      inputs[`past.${slot}.${i}`] = { type: "float32", shape: [1, past.length, width], data: past.tensor(i) }
    }
  })
  inputs.stream = { type: "int64", shape: [2, n], data: stream }
  inputs.plan = { type: "int64", shape: [plan.length], data: plan }
  return inputs
}

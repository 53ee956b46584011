import type { Decoder } from "../../../onnx/decoder.ts"
import type { InPlaceModel } from "../../../onnx/in_place.ts"
import { writeMixes } from "../mix.ts"
import { type Block, rowsOf } from "../runner.ts"
import { angles } from "./angles.ts"
import type { InPlacePast } from "./in_place_past.ts"
import type { Library } from "./library.ts"
import { scratch } from "./scratch.ts"
import { openSession, type SessionOptions } from "./session.ts"

/** A session for one number of slots, with the memory that its runs use again and again. */
export interface InPlaceRun extends Disposable {
  /** The rows of each block; the pasts are written to, but not advanced. */
  readonly run: (blocks: ReadonlyArray<Block<InPlacePast>>) => ReadonlyArray<ReadonlyArray<Float32Array>>
}

/** What a session for so many slots is opened with. */
export interface InPlaceOptions {
  readonly slots: number
  readonly decoder: Decoder
  readonly session: Pick<SessionOptions, "weights" | "interruption" | "settings">
  /** Numbers of a mix, where the model has adapters. Default 0. */
  readonly adapters?: number | undefined
}

/** Opens a session in the in-place form. Its inputs are given in the order that `inPlaceModel` tells. */
export const inPlaceRun = (
  library: Library,
  model: InPlaceModel,
  { adapters = 0, decoder, session: shared, slots }: InPlaceOptions
): InPlaceRun => {
  const owned = new DisposableStack()
  const session = owned.use(openSession(library, model, { ...shared, inputs: model.inputs, outputs: model.outputs }))
  const vocabularySize = decoder.vocabularySize
  const stream = () => owned.use(scratch(library, "int64", 1, (count) => [1, count]))
  const [tokens, positions] = [stream(), stream()]
  const rows = owned.use(scratch(library, "int64", 1, (count) => [count]))
  const lengths = owned.use(scratch(library, "int64", 1, (count) => [count]))
  const mixes = owned.use(scratch(library, "float32", adapters, (count) => [1, count, adapters]))
  const ends = Array.from({ length: slots }, () =>
    [0, 1].map(() => owned.use(scratch(library, "int32", 1, (count) => [count])))
  )
  const tables = model.rotaries.map((rotary) => owned.use(angles(library, rotary)))
  const logits = owned.use(scratch(library, "float32", vocabularySize, (count) => [1, count, vocabularySize]))
  const inputs = new BigUint64Array(new ArrayBuffer(8 * model.inputs.length))
  const outputs = new BigUint64Array(new ArrayBuffer(8 * model.outputs.length))
  // halves of 64-bit numbers: a token makes no BigInt for each of hundreds of addresses
  const [inputHalves, outputHalves] = [new Uint32Array(inputs.buffer), new Uint32Array(outputs.buffer)]
  const pasts = model.inputs.length - 2 * decoder.layers * slots

  const describe = (blocks: ReadonlyArray<Block<InPlacePast>>) => {
    let [n, asked, longest] = [0, 0, 0]
    for (const { past, rows, tokens } of blocks) {
      n += tokens.length
      asked += rows
      longest = Math.max(longest, past.length + tokens.length)
    }
    let input = 0
    const give = (pointer: number) => {
      inputs[input++] = BigInt(pointer)
    }
    give(tokens.tensor(n).pointer)
    give(positions.tensor(n).pointer)
    give(rows.tensor(asked).pointer)
    give(lengths.tensor(slots).pointer)
    if (adapters > 0) {
      give(mixes.tensor(n).pointer)
      writeMixes(blocks, adapters, mixes.data)
    }
    for (const [total, last] of ends) {
      give(total!.tensor(1).pointer)
      give(last!.tensor(1).pointer)
    }
    for (const table of tables) for (const pointer of table.upTo(longest)) give(pointer)
    outputs[0] = BigInt(logits.tensor(asked).pointer)
    let [at, row] = [0, 0]
    blocks.forEach((block, slot) => {
      const { length } = block.past
      const count = block.tokens.length
      block.past.reserve(length + count)
      for (let i = 0; i < count; i++, at++) {
        put(tokens.data, at, block.tokens[i]!)
        put(positions.data, at, length + i)
      }
      for (let i = at - block.rows; i < at; i++) put(rows.data, row++, i)
      put(lengths.data, slot, count)
      ends[slot]![0]!.data[0] = length + count
      ends[slot]![1]!.data[0] = length + count - 1
      const { addresses } = block.past
      for (let layer = 0; layer < decoder.layers; layer++) {
        for (let half = 0; half < 4; half++) {
          const place = 4 * (layer * slots + slot) + half
          inputHalves[2 * pasts + place] = outputHalves[2 + place] = addresses[4 * layer + half]!
        }
      }
    })
    return asked
  }
  return {
    run: (blocks) => {
      const asked = describe(blocks)
      session.run(inputs, outputs)
      const all = logits.data.slice(0, asked * vocabularySize)
      let row = 0
      return blocks.map((block) => {
        row += block.rows
        return rowsOf(all, vocabularySize, row - block.rows, block.rows)
      })
    },
    [Symbol.dispose]: () => owned.dispose()
  }
}

/** Writes a number that is not negative where 64 bits are: the high half is 0 already. */
const put = (numbers: Int32Array, at: number, value: number): void => {
  numbers[2 * at] = value
}

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
  const pasts = model.inputs.length - 2 * decoder.layers * slots

  const describe = (blocks: ReadonlyArray<Block<InPlacePast>>) => {
    const n = blocks.reduce((sum, block) => sum + block.tokens.length, 0)
    const asked = blocks.reduce((sum, block) => sum + block.rows, 0)
    const longest = blocks.reduce((most, { past, tokens }) => Math.max(most, past.length + tokens.length), 0)
    const mixed = adapters === 0 ? [] : [mixes.tensor(n)]
    const first = [tokens.tensor(n), positions.tensor(n), rows.tensor(asked), lengths.tensor(slots), ...mixed]
    if (adapters > 0) writeMixes(blocks, adapters, mixes.data)
    const last = ends.flatMap((both) => both.map((end) => end.tensor(1)))
    const turned = tables.flatMap((table) => table.upTo(longest))
    let input = 0
    for (const { pointer } of [...first, ...last]) inputs[input++] = BigInt(pointer)
    for (const pointer of turned) inputs[input++] = BigInt(pointer)
    outputs[0] = BigInt(logits.tensor(asked).pointer)
    // the low halves of 64-bit numbers, which are never negative: no BigInt is made
    const [tokenLow, positionLow, rowLow, lengthLow] = [tokens, positions, rows, lengths].map(
      ({ data }) => new Int32Array(data.buffer)
    )
    let at = 0
    let row = 0
    blocks.forEach((block, slot) => {
      const { length } = block.past
      const count = block.tokens.length
      block.past.reserve(length + count)
      for (let i = 0; i < count; i++, at++) {
        tokenLow![2 * at] = block.tokens[i]!
        positionLow![2 * at] = length + i
      }
      for (let i = at - block.rows; i < at; i++) rowLow![2 * row++] = i
      lengthLow![2 * slot] = count
      ends[slot]![0]!.data[0] = length + count
      ends[slot]![1]!.data[0] = length + count - 1
      const { addresses } = block.past
      for (let layer = 0; layer < decoder.layers; layer++) {
        for (const kind of [0, 1]) {
          const place = 2 * (layer * slots + slot) + kind
          inputs[pasts + place] = outputs[1 + place] = addresses[2 * layer + kind]!
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

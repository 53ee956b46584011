import * as w from "../logits/kernel/wasm.ts"
import type { Key } from "./philox.ts"

const { i32, i64 } = w.Type

/**
 * `scramble(to, end, b, c, d, k, l)`: Philox 4x32-10 of the counters (0, b, c, d), (1, b, c, d), … under the key (k, l),
 * four words each. The same as `scramble` of `philox.ts`, one block after another.
 */
const scramble: w.Function = {
  name: "scramble",
  parameters: [i32, i32, i32, i32, i32, i32, i32],
  // the block's number; its words a, b, c, d; the products of a and c
  locals: [i32, i32, i32, i32, i32, i64, i64],
  result: undefined,
  body: w.loop(0, 16, w.get(1), [
    ...[7, 2, 3, 4].flatMap((from, word) => w.set(8 + word, w.get(from))),
    ...Array.from({ length: 10 }, (_, round) => [
      ...w.set(12, w.wideProduct(w.get(8), w.i32(0xd2511f53 | 0))),
      ...w.set(13, w.wideProduct(w.get(10), w.i32(0xcd9e8d57 | 0))),
      ...w.set(8, w.differ(w.differ(w.upper(w.get(13)), w.get(9)), step(5, 0x9e3779b9, round))),
      ...w.set(10, w.differ(w.differ(w.upper(w.get(12)), w.get(11)), step(6, 0xbb67ae85, round))),
      ...[...w.set(9, w.lower(w.get(13))), ...w.set(11, w.lower(w.get(12)))]
    ]).flat(),
    ...[8, 9, 10, 11].flatMap((word, i) => w.storeWord(w.get(0), 4 * i, w.get(word))),
    ...w.set(7, w.plus(w.get(7), w.i32(1)))
  ])
}

/** A word of the key in a round. */
function step(key: number, by: number, round: number): w.Code {
  return w.plus(w.get(key), w.i32(Math.imul(by, round)))
}

type Scramble = (to: number, end: number, b: number, c: number, d: number, k: number, l: number) => void

/** Philox words for a row of tokens: of token t word t & 3 of the counter (t >>> 2, b, c, d). */
export type PhiloxRow = (size: number, b: number, c: number, d: number) => Uint32Array

/** Computes words for whole rows under a key; what it gave holds until it is asked again. */
export const philoxRow = (key: Key): PhiloxRow => {
  const { memory, scramble } = opened()
  let words = new Uint32Array(memory.buffer)
  return (size, b, c, d) => {
    const bytes = Math.ceil(size / 4) * 16
    const missing = bytes - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536))
    if (words.buffer !== memory.buffer) words = new Uint32Array(memory.buffer)
    scramble(0, bytes, b, c, d, key[0], key[1])
    return words
  }
}

let own: { readonly memory: WebAssembly.Memory; readonly scramble: Scramble } | undefined

const opened = () => {
  own ??= new WebAssembly.Instance(new WebAssembly.Module(w.toModule([scramble], 1))).exports as unknown as typeof own
  return own!
}

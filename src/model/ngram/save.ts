import { BitWriter } from "./bits.ts"
import { countCode, discountsSize, distanceCode, headerSize, magic, version } from "./format.ts"
import type { NGram, WeightedLevel } from "./n_gram.ts"

const writeLevel = (writer: BitWriter, level: WeightedLevel, vocabularySize: number): void => {
  const { counts, first, leftOver, tokens } = level
  for (let context = 0; context < leftOver.length; context++) writer.write(first[context + 1]! - first[context]!, 0)
  for (let context = 0; context < leftOver.length; context++) {
    const [from, to] = [first[context]!, first[context + 1]!]
    if (from === to) continue
    writer.write(leftOver[context]!, countCode)
    const code = distanceCode(vocabularySize, to - from)
    let before = -1
    for (let gram = from; gram < to; gram++) {
      writer.write(tokens[gram]! - before - 1, code)
      writer.write(counts[gram]! - 1, countCode)
      before = tokens[gram]!
    }
  }
}

/**
 * The model as bytes for `load`, which gives it back bit for bit: counts are kept whole, nothing is rounded. About two
 * bytes for each n-gram. Equal models have equal bytes.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Result } from "effect"
 * import { LanguageModel } from "polylogit"
 *
 * const model = LanguageModel.NGram.fit([[0, 1, 2, 0, 1, 3]], { order: 3, vocabularySize: 4 })
 * const bytes = LanguageModel.NGram.save(model)
 * deepEqual(Result.getOrThrow(LanguageModel.NGram.load(bytes)), model)
 * ```
 */
export const save = (ngram: NGram): Uint8Array => {
  const fingerprint = new TextEncoder().encode(ngram.fingerprint)
  const writer = new BitWriter()
  for (const level of ngram.levels) writeLevel(writer, level, ngram.vocabularySize)
  const payload = writer.finish()
  const discounts = headerSize + fingerprint.length
  const end = discounts + discountsSize * ngram.order + payload.length
  const bytes = new Uint8Array(end + 4)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(magic))
  view.setUint8(4, version)
  view.setUint8(5, ngram.order)
  view.setUint32(6, ngram.vocabularySize, true)
  view.setUint32(10, fingerprint.length, true)
  bytes.set(fingerprint, headerSize)
  for (const [i, discount] of ngram.levels.flatMap((level) => level.discounts).entries()) {
    view.setFloat64(discounts + 8 * i, discount, true)
  }
  bytes.set(payload, end - payload.length)
  view.setUint32(end, Bun.hash.crc32(bytes.subarray(0, end)), true)
  return bytes
}

import * as Result from "effect/Result"
import type { Vocabulary } from "../../vocabulary/vocabulary.ts"
import { BitReader } from "./bits.ts"
import { areDiscounts, type Discounts } from "./discounts.ts"
import { countCode, discountsSize, distanceCode, headerSize, magic, version } from "./format.ts"
import { longestOrder, type NGram, type WeightedLevel, weighted } from "./n_gram.ts"
import { NGramError } from "./n_gram_error.ts"

const readLevel = (
  reader: BitReader,
  contexts: number,
  vocabularySize: number,
  discounts: Discounts
): WeightedLevel => {
  // a context takes one bit at least and a gram four: what is claimed beyond that is not there
  if (contexts > reader.left) throw new Error("it ends too soon")
  const first = new Uint32Array(contexts + 1)
  for (let context = 0; context < contexts; context++) {
    const grams = first[context]! + reader.read(0)
    if (4 * grams > reader.left) throw new Error("it ends too soon")
    first[context + 1] = grams
  }
  const size = first[contexts]!
  const [tokens, counts, leftOver] = [new Uint32Array(size), new Uint32Array(size), new Uint32Array(contexts)]
  for (let context = 0; context < contexts; context++) {
    const [from, to] = [first[context]!, first[context + 1]!]
    if (from === to) continue
    leftOver[context] = reader.read(countCode)
    const code = distanceCode(vocabularySize, to - from)
    let token = -1
    for (let gram = from; gram < to; gram++) {
      token += 1 + reader.read(code)
      if (token >= vocabularySize) throw new Error(`token ${token} is outside of its ${vocabularySize} tokens`)
      tokens[gram] = token
      counts[gram] = 1 + reader.read(countCode)
    }
  }
  return weighted({ first, tokens, counts, leftOver, discounts })
}

const read = (bytes: Uint8Array): NGram => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length - 4
  const said = new TextDecoder().decode(bytes.subarray(0, magic.length))
  if (said !== magic) throw new Error(`it begins with ${JSON.stringify(said)}, not with ${JSON.stringify(magic)}`)
  if (end < headerSize) throw new Error("it ends too soon")
  if (view.getUint8(4) !== version) throw new Error(`it has version ${view.getUint8(4)}, not ${version}`)
  const [order, vocabularySize] = [view.getUint8(5), view.getUint32(6, true)]
  if (order < 1 || order > longestOrder) throw new Error(`its order is ${order}, not 1 to ${longestOrder}`)
  if (vocabularySize < 1 || vocabularySize >= 2 ** 31) throw new Error(`its vocabulary has ${vocabularySize} tokens`)
  const discounts = headerSize + view.getUint32(10, true)
  const payload = discounts + discountsSize * order
  if (payload > end) throw new Error("it ends too soon")
  if (view.getUint32(end, true) !== Bun.hash.crc32(bytes.subarray(0, end))) throw new Error("its checksum is wrong")
  const fingerprint = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(headerSize, discounts))
  const reader = new BitReader(bytes.subarray(payload, end))
  const levels: Array<WeightedLevel> = []
  for (let k = 0; k < order; k++) {
    const [one, two, more] = [0, 8, 16].map((at) => view.getFloat64(discounts + discountsSize * k + at, true))
    const own: Discounts = [one!, two!, more!]
    if (!areDiscounts(own)) throw new Error(`its discounts ${own.join(", ")} are none`)
    levels.push(readLevel(reader, levels[k - 1]?.tokens.length ?? 1, vocabularySize, own))
  }
  if (reader.left >= 8) throw new Error(`${reader.left >>> 3} bytes are left over`)
  return { order, vocabularySize, fingerprint, levels }
}

/**
 * The model that `save` wrote. With a vocabulary, only a model that was fitted for it.
 *
 * Errors: `NGramError` for bytes that are no such model, whatever they are (what is built never exceeds what the bytes
 * have room for), and, naming both fingerprints, for a model of another vocabulary.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Result } from "effect"
 * import { LanguageModel } from "polylogit"
 *
 * const refused = LanguageModel.NGram.load(new TextEncoder().encode("PK..."))
 * equal(
 *   Result.getOrThrow(Result.flip(refused)).message,
 *   'Cannot read 5 bytes as an n-gram model: it begins with "PK..", not with "plng"'
 * )
 * ```
 */
export const load = (
  bytes: Uint8Array,
  options: { readonly vocabulary?: Vocabulary } = {}
): Result.Result<NGram, NGramError> => {
  const error = (reason: unknown) =>
    new NGramError({
      message: `Cannot read ${bytes.length} bytes as an n-gram model: ${reason instanceof Error ? reason.message : reason}`
    })
  return Result.flatMap(Result.try({ try: () => read(bytes), catch: error }), (ngram) => {
    const { vocabulary } = options
    const mismatch = vocabulary === undefined ? undefined : NGramError.mismatch(ngram, vocabulary)
    return mismatch === undefined ? Result.succeed(ngram) : Result.fail(mismatch)
  })
}

import type { TokenId } from "../../vocabulary/vocabulary.ts"

/** The n-grams of one length, as in `Level`, before anything is smoothed. */
export interface CountedLevel {
  readonly first: Uint32Array
  readonly tokens: Uint32Array
  readonly counts: Uint32Array
}

/** All sequences in one array, `vocabularySize` standing after each. */
const joined = (sequences: Iterable<ReadonlyArray<TokenId>>, vocabularySize: number): Uint32Array => {
  let text = new Uint32Array(1024)
  let length = 0
  for (const sequence of sequences) {
    if (length + sequence.length + 1 > text.length) {
      const grown = new Uint32Array(2 * (length + sequence.length + 1))
      grown.set(text.subarray(0, length))
      text = grown
    }
    for (const token of sequence) {
      if (!Number.isInteger(token) || token < 0 || token >= vocabularySize) {
        throw new RangeError(
          `Cannot count token ${token}: the tokens of a vocabulary of ${vocabularySize} are whole numbers from 0 to ${vocabularySize - 1}`
        )
      }
      text[length++] = token
    }
    text[length++] = vocabularySize
  }
  return text.subarray(0, length)
}

/** The places of tokens, in the order of the `order` tokens that begin there: a counting sort for each, last first. */
const sortedPlaces = (text: Uint32Array, order: number, separator: number): Uint32Array => {
  let places = Uint32Array.from(text.keys()).filter((place) => text[place] !== separator)
  let other = new Uint32Array(places.length)
  for (let offset = order - 1; offset >= 0; offset--) {
    const keyOf = (place: number) => text[place + offset] ?? separator
    const starts = new Uint32Array(separator + 2)
    for (const place of places) starts[keyOf(place) + 1]!++
    for (let key = 0; key <= separator; key++) starts[key + 1]! += starts[key]!
    for (const place of places) other[starts[keyOf(place)]!++] = place
    ;[places, other] = [other, places]
  }
  return places
}

/**
 * How often each n-gram of 1 to `order` tokens occurs: `levels[k]` has those of k + 1 tokens. No n-gram runs over the
 * end of a sequence. Throws `RangeError` on a token outside of the vocabulary.
 */
export const count = (
  sequences: Iterable<ReadonlyArray<TokenId>>,
  options: { readonly order: number; readonly vocabularySize: number }
): ReadonlyArray<CountedLevel> => {
  const { order, vocabularySize: separator } = options
  const text = joined(sequences, separator)
  const places = sortedPlaces(text, order, separator)
  const depth = new Uint8Array(places.length)
  const sizes = new Uint32Array(order)
  // depth: how many tokens a place shares with the one before it; from there on its n-grams are new
  for (let i = 0; i < places.length; i++) {
    const [place, before] = [places[i]!, places[i - 1]]
    let shared = 0
    if (before !== undefined) {
      while (shared < order && text[place + shared] === text[before + shared] && text[place + shared]! < separator) {
        shared++
      }
    }
    depth[i] = shared
    for (let k = shared; k < order && text[place + k]! < separator; k++) sizes[k]!++
  }
  const levels = Array.from({ length: order }, (_, k) => ({
    first: new Uint32Array((k === 0 ? 1 : sizes[k - 1]!) + 1).fill(sizes[k]!),
    tokens: new Uint32Array(sizes[k]!),
    counts: new Uint32Array(sizes[k]!)
  }))
  levels[0]!.first[0] = 0
  const used = new Uint32Array(order)
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    for (let k = 0; k < order && text[place + k]! < separator; k++) {
      const level = levels[k]!
      if (k >= depth[i]!) {
        const gram = used[k]!++
        level.tokens[gram] = text[place + k]!
        if (k + 1 < order) levels[k + 1]!.first[gram] = used[k + 1]!
      }
      level.counts[used[k]! - 1]!++
    }
  }
  return levels
}

/** Four words of 32 bits. */
export type Words = readonly [number, number, number, number]

/** 64 bits of a seed. */
export type Key = readonly [number, number]

/** What a coin is for: the last word of its counter, so that no two uses ever share a coin. */
export const Use = { ask: 0, raceUpper: 1, raceLower: 2 } as const

/** The high 32 bits of `word` times the number whose upper and lower 16 bits are given. */
const high = (word: number, upper: number, lower: number): number => {
  const l = word & 0xffff
  const u = word >>> 16
  // no sum takes more than 32 bits; whether they are read as signed is no matter
  const first = Math.imul(u, lower) + (Math.imul(l, lower) >>> 16)
  const second = Math.imul(l, upper) + (first & 0xffff)
  return (Math.imul(u, upper) + (first >>> 16) + (second >>> 16)) | 0
}

/**
 * Philox 4x32-10, in place: `block` holds four words of a counter before, and four random words after. Nothing is
 * allocated, for callers that want many.
 */
export const scramble = (block: Uint32Array, key: Key): void => {
  let a = block[0]! | 0
  let b = block[1]! | 0
  let c = block[2]! | 0
  let d = block[3]! | 0
  let k = key[0] | 0
  let l = key[1] | 0
  for (let round = 0; round < 10; round++) {
    const x = high(c, 0xcd9e, 0x8d57) ^ b ^ k
    const y = high(a, 0xd251, 0x1f53) ^ d ^ l
    b = Math.imul(c, 0xcd9e8d57)
    d = Math.imul(a, 0xd2511f53)
    a = x
    c = y
    k = (k + 0x9e3779b9) | 0
    l = (l + 0xbb67ae85) | 0
  }
  block[0] = a
  block[1] = b
  block[2] = c
  block[3] = d
}

/**
 * Philox 4x32-10: a pseudo-random function from a counter and a key to four words, without state.
 *
 * Source: Salmon et al., SC 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
export const philox = (counter: Words, key: Key): Words => {
  const block = Uint32Array.from(counter)
  scramble(block, key)
  return [block[0]!, block[1]!, block[2]!, block[3]!]
}

/** Two words as a number in [0, 1) with 53 random bits. */
export const toCoin = (high: number, low: number): number => ((high >>> 5) * 0x4000000 + (low >>> 6)) / 2 ** 53

/** High and low 32 bits of a product of two unsigned 32-bit numbers. */
const multiply = (a: number, b: number): readonly [high: number, low: number] => {
  const al = a & 0xffff
  const ah = a >>> 16
  const bl = b & 0xffff
  const bh = b >>> 16
  const low = al * bl
  const middle = ah * bl + (low >>> 16)
  const rest = al * bh + (middle & 0xffff)
  return [(ah * bh + Math.floor(middle / 0x10000) + Math.floor(rest / 0x10000)) >>> 0, Math.imul(a, b) >>> 0]
}

/** Four words of 32 bits. */
export type Words = readonly [number, number, number, number]

/**
 * Philox 4x32-10: a pseudo-random function from a counter and a key to four words, without state.
 *
 * Source: Salmon et al., SC 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
export const philox = (counter: Words, key: readonly [number, number]): Words => {
  let [a, b, c, d] = counter
  let [k, l] = key
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(0xd2511f53, a)
    const [high1, low1] = multiply(0xcd9e8d57, c)
    a = (high1 ^ b ^ k) >>> 0
    b = low1
    c = (high0 ^ d ^ l) >>> 0
    d = low0
    k = (k + 0x9e3779b9) >>> 0
    l = (l + 0xbb67ae85) >>> 0
  }
  return [a, b, c, d]
}

/** Two words as a number in [0, 1) with 53 random bits. */
export const toCoin = (high: number, low: number): number => ((high >>> 5) * 0x4000000 + (low >>> 6)) / 2 ** 53

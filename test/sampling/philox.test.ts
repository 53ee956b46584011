import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { type Key, philox, scramble, toCoin, type Words } from "../../src/sampling/philox.ts"
import { philoxRow } from "../../src/sampling/philox_row.ts"

// Known answers of the Random123 library (kat_vectors, philox4x32 10).
const known: ReadonlyArray<readonly [Words, readonly [number, number], Words]> = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
  ]
]

test.each(known)("philox(%p, %p) is %p", (counter, key, words) => {
  expect(philox(counter, key)).toEqual(words)
})

/** The definition in whole numbers of any size. */
const naive = (counter: Words, key: Key): Words => {
  const low = (n: bigint) => n & 0xffffffffn
  let [a, b, c, d] = counter.map(BigInt) as [bigint, bigint, bigint, bigint]
  let [k, l] = key.map(BigInt) as [bigint, bigint]
  for (let round = 0; round < 10; round++) {
    const [x, y] = [a * 0xd2511f53n, c * 0xcd9e8d57n]
    ;[a, b, c, d] = [(y >> 32n) ^ b ^ k, low(y), (x >> 32n) ^ d ^ l, low(x)]
    ;[k, l] = [low(k + 0x9e3779b9n), low(l + 0xbb67ae85n)]
  }
  return [a, b, c, d].map(Number) as unknown as Words
}

test("every carry of the products is in its place, and the same words come in place", () => {
  const word = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.constantFrom(0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffff0000, 0xffffffff)
  )
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
      const words = naive(counter, key)
      const block = Uint32Array.from(counter)
      scramble(block, key)
      expect([...block]).toEqual([...words])
      expect(philox(counter, key)).toEqual(words)
    }),
    { numRuns: 500 }
  )
})

test("coins are in [0, 1)", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff })
  fc.assert(fc.property(word, word, (a, b) => toCoin(a, b) >= 0 && toCoin(a, b) < 1))
  expect(toCoin(0, 0)).toBe(0)
  expect(toCoin(0xffffffff, 0xffffffff)).toBe(1 - 2 ** -53)
})

test("words for a row are those of one counter after another, for rows of any length", () => {
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
  fc.assert(
    fc.property(word, word, word, word, word, fc.integer({ min: 1, max: 70 }), (k, l, b, c, d, size) => {
      const words = philoxRow([k, l])(size, b, c, d)
      for (let t = 0; t < size; t++) expect(words[t]!).toBe(philox([t >>> 2, b, c, d], [k, l])[t & 3]!)
    })
  )
  const long = philoxRow([1, 2])
  expect(long(100_001, 3, 4, 5)[100_000]!).toBe(philox([25_000, 3, 4, 5], [1, 2])[0])
  expect(long(3, 3, 4, 6)[2]!).toBe(philox([0, 3, 4, 6], [1, 2])[2])
})

import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { largest } from "../../src/logits/largest.ts"
import { argmax, draw } from "../../src/logits/selection.ts"
import { LARGEST_COIN, law, roughLogits, size } from "../support/arbitraries.ts"
import { none } from "../support/rows.ts"

const row = (...scores: ReadonlyArray<number>) => Float64Array.from(scores)

test("argmax: the lowest id of equal ones", () => {
  expect(argmax(row(1, 3, 2, 3))).toBe(1)
  expect(argmax(row(none, none, 0, none))).toBe(2)
  expect(argmax(row(none, none))).toBe(0)
  expect(argmax(row(7))).toBe(0)
})

test("largest: best first, of equal ones the lower ids", () => {
  const scores = row(0, 2, 1, 2)
  expect([0, 1, 2, 3, 4, 9].map((k) => largest(scores, k))).toEqual([
    [],
    [1],
    [1, 3],
    [1, 3, 2],
    [1, 3, 2, 0],
    [1, 3, 2, 0]
  ])
  expect(largest(row(5, 5, 5, 5), 2)).toEqual([0, 1])
  expect(largest(row(none, 1, none, none), 3)).toEqual([1, 0, 2])
  expect(largest(scores, -1)).toEqual([])
  expect(largest(Float32Array.of(0.1), 1)).toEqual([0])
})

test("largest is the head of a stable sort", () => {
  const rows = fc.integer({ min: 1, max: 300 }).chain(roughLogits)
  fc.assert(
    fc.property(rows, fc.nat(310), (scores, k) => {
      const sorted = scores.map((_, i) => i).sort((a, b) => (scores[a] === scores[b] ? a - b : scores[b]! - scores[a]!))
      expect(largest(row(...scores), k)).toEqual(sorted.slice(0, k))
    })
  )
})

test("a draw: four tokens, the first whose running sum exceeds the coin", () => {
  const probs = row(0.25, 0, 0.5, 0.25)
  const coins = [0, 0.25 - 2 ** -55, 0.25, 0.75 - 2 ** -53, 0.75, LARGEST_COIN]
  expect(coins.map((coin) => draw(probs, coin))).toEqual([0, 0, 2, 2, 3, 3])
})

test("an impossible token is never drawn, first or last, whatever the rounding", () => {
  expect(draw(row(0, 0, 1), 0)).toBe(2)
  expect(draw(row(0, 1, 0, 0), LARGEST_COIN)).toBe(1)
  // ten tenths sum to less than 1: the largest coin falls behind the sum
  const tenths = row(...Array.from({ length: 10 }, () => 0.1), 0)
  expect(draw(tenths, LARGEST_COIN)).toBe(9)
})

test("one token is always drawn", () => {
  expect([0, 0.5, LARGEST_COIN].map((coin) => draw(row(1), coin))).toEqual([0, 0, 0])
})

test("a fine grid of coins draws each token as often as its probability says", () => {
  fc.assert(
    fc.property(size.chain(law), (probs) => {
      const n = 2000
      const counts = new Float64Array(probs.length)
      for (let i = 0; i < n; i++) counts[draw(probs, (i + 0.5) / n)]!++
      counts.forEach((count, token) => void expect(Math.abs(count - n * probs[token]!)).toBeLessThanOrEqual(1))
      for (const coin of [0, LARGEST_COIN]) expect(probs[draw(probs, coin)]).toBeGreaterThan(0)
    })
  )
})

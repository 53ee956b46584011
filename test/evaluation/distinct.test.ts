import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { Evaluation } from "polylogit"

test("is the share of different runs of tokens", () => {
  const texts = fc.array(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 8 }), { maxLength: 5 })
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 3 }), (all, n) => {
      const grams = all.flatMap((tokens) =>
        Array.from({ length: Math.max(0, tokens.length - n + 1) }, (_, i) => JSON.stringify(tokens.slice(i, i + n)))
      )
      const share = Evaluation.distinct(all, n)
      expect(share).toBe(grams.filter((gram, i) => grams.indexOf(gram) === i).length / grams.length)
    })
  )
})

test.each([
  [[[1, 2, 3]], 2, 1],
  [[[1, 1, 1, 1, 1]], 2, 1 / 4],
  // 1 23 and 12 3 are not alike
  [
    [
      [1, 23],
      [12, 3]
    ],
    2,
    1
  ],
  [[[1], []], 2, Number.NaN]
])("of %j, n = %d: %d", (texts, n, share) => expect(Evaluation.distinct(texts, n)).toBe(share))

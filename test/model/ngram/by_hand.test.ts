import { describe, expect, test } from "bun:test"
import { estimateDiscounts } from "../../../src/model/ngram/discounts.ts"
import { fit } from "../../../src/model/ngram/fit.ts"
import { probability, row } from "../../../src/model/ngram/probability.ts"

/** Four tokens: a = 0, b = 1, c = 2 and d = 3, which is never seen. */
const [a, b, c, d] = [0, 1, 2, 3]

describe("the sequence a b a b a c", () => {
  // Counts of counts are too few for estimates, so that 0.5 is taken from 1, 1 from 2 and 1.5 from more.
  const sequences = [[a, b, a, b, a, c]]

  test("order 1: counts a 3, b 2, c 1 of 6", () => {
    const model = fit(sequences, { order: 1, vocabularySize: 4 })
    // taken: 1.5 + 1 + 0.5 = 3 of 6, and a quarter of that half goes to each token
    const rest = 3 / 6 / 4
    expect(Array.from(row(model, []))).toEqual([1.5 / 6 + rest, 1 / 6 + rest, 0.5 / 6 + rest, rest])
  })

  const model = fit(sequences, { order: 2, vocabularySize: 4 })
  // Tokens seen before: a by b and by the beginning 2, b by a 1, c by a 1; 4 in all.
  // taken: 1 + 0.5 + 0.5 = 2 of 4, and a quarter of that half goes to each token
  const low = [1 / 4 + 1 / 8, 0.5 / 4 + 1 / 8, 0.5 / 4 + 1 / 8, 1 / 8]

  test("order 2, after nothing: in how many ways each token was come to", () => {
    expect(Array.from(row(model, []))).toEqual(low)
  })

  test("order 2, after a: b 2 and c 1 of 3", () => {
    // taken: 1 + 0.5 = 1.5 of 3
    const rest = 0.5
    expect(Array.from(row(model, [a]))).toEqual([
      rest * low[a]!,
      rest * low[b]! + 1 / 3,
      rest * low[c]! + 0.5 / 3,
      rest * low[d]!
    ])
    expect(Array.from(row(model, [c, c, a]))).toEqual(Array.from(row(model, [a])))
  })

  test("order 2, after b: a 2 of 2", () => {
    expect(probability(model, [b], a)).toBe(0.5 * low[a]! + 1 / 2)
    expect(probability(model, [b], d)).toBe(0.5 * low[d]!)
  })

  test("order 2, after c and d, which nothing was seen after: as after nothing", () => {
    for (const context of [[c], [d], [a, d]]) expect(Array.from(row(model, context))).toEqual(low)
  })

  test("order 3: a b counts once for each time that it begins the sequence, and once for b before it", () => {
    const three = fit(sequences, { order: 3, vocabularySize: 4 })
    const [one, two] = [three.levels[1]!, three.levels[2]!]
    // a b, a c, b a: a b after b and at the beginning 2; a c after b 1; b a after a 1 (seen twice)
    expect([...one.first]).toEqual([0, 2, 3, 3])
    expect([...one.tokens]).toEqual([b, c, a])
    expect([...one.counts]).toEqual([2, 1, 1])
    // a b a 2, b a b 1, b a c 1: plain counts
    expect([...two.tokens]).toEqual([a, b, c])
    expect([...two.counts]).toEqual([2, 1, 1])
    // after b a: b 1 and c 1 of 2, taken 0.5 + 0.5; after a: b 2 and c 1 of 3, taken 1.5
    const afterA = 0.5 * (0.5 / 4 + 1 / 8) + 1 / 3
    expect(probability(three, [b, a], b)).toBe(0.5 * afterA + 0.5 / 2)
  })

  test("pruning: grams seen once go, their counts to the shorter context and to the shorter gram", () => {
    const cut = fit(sequences, { order: 2, vocabularySize: 4, minCounts: [1, 2] })
    expect([...cut.levels[1]!.tokens]).toEqual([b, a])
    // a c was pruned, so c keeps its whole count, 1; after a: b 2 of 3, left over 1
    expect([...cut.levels[1]!.leftOver]).toEqual([1, 0, 0])
    expect(probability(cut, [a], c)).toBe((2 / 3) * low[c]!)
    expect(probability(cut, [a], b)).toBe((2 / 3) * low[b]! + 1 / 3)
    const all = fit(sequences, { order: 2, vocabularySize: 4, minCounts: [1, 3] })
    // nothing is left of the second level: a 2 + 1, b 2, c 1 of 6
    expect([...all.levels[0]!.counts]).toEqual([3, 2, 1])
    expect(Array.from(row(all, [a]))).toEqual(Array.from(row(all, [])))
  })
})

test("the sequence a b c d: a long context counts where a shorter one was pruned", () => {
  const model = fit([[a, b, c, d]], { order: 4, vocabularySize: 4, minCounts: [1, 2, 2, 1] })
  // a b c d stays, and with it a b c and a b, which it begins with; b c d, b c and c d are gone
  expect(model.levels.map(({ tokens }) => [...tokens])).toEqual([[a, b, c, d], [b], [c], [d]])
  // each token 1 of 4, all with the same discount; then d after a b c 1 of 1, of which 0.5 is taken
  expect(probability(model, [a, b, c], d)).toBe(0.5 * 0.25 + 0.5)
  expect(Array.from(row(model, [a, b, c]))).toEqual([0.125, 0.125, 0.125, 0.625])
  expect(Array.from(row(model, [b, c]))).toEqual([0.25, 0.25, 0.25, 0.25])
})

describe("discounts", () => {
  const counts = (...n: ReadonlyArray<number>) =>
    Uint32Array.from(n.flatMap((many, i) => new Array<number>(many).fill(i + 1)))

  test("12 counts of 1, 4 of 2, 2 of 3, 1 of 4 and one of 5", () => {
    // Y = 12 / (12 + 8) = 0.6
    const [one, two, more] = estimateDiscounts(counts(12, 4, 2, 1, 1))
    expect(one).toBeCloseTo(1 - 2 * 0.6 * (4 / 12), 12)
    expect(two).toBeCloseTo(2 - 3 * 0.6 * (2 / 4), 12)
    expect(more).toBeCloseTo(3 - 4 * 0.6 * (1 / 2), 12)
  })

  test("too few counts, or such that a discount would be none: 0.5, 1 and 1.5", () => {
    for (const n of [[], [3], [1, 1], [4, 2, 1], [0, 4, 2, 1], [9, 1, 9, 1]]) {
      expect(estimateDiscounts(counts(...n))).toEqual([0.5, 1, 1.5])
    }
  })
})

import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { type Factor, scale, sum } from "../../src/logits/arithmetic.ts"
import { indicator } from "../../src/logits/indicator.ts"
import { RowProblem } from "../../src/logits/row.ts"
import { pending, type Weighted } from "../../src/logits/weighted_row.ts"
import { logits } from "../support/arbitraries.ts"
import { expectWeighted, list, none, weighted } from "../support/rows.ts"

const a = weighted([1, 2, 3, 4], 1)
const b = weighted([10, 20, 30, 40], [1, 2, 3, 4])
const holed = weighted([0, none, 0, 0], 1)
const tokens = (...weights: ReadonlyArray<number>) => Float64Array.from(weights)

test("a sum adds scores and weights", () => {
  expectWeighted(sum([{ factor: 1, row: a }]), a)
  const two = [
    { factor: 2, row: a },
    { factor: -0.5, row: weighted([2, 0, 2, 0], 3) }
  ]
  expectWeighted(sum(two), weighted([1, 4, 5, 8], 0.5))
})

test("weights for each token add to numbers", () => {
  const both = (factor: Factor) =>
    sum([
      { factor: 1, row: a },
      { factor, row: b }
    ])
  expectWeighted(both(1), weighted([11, 22, 33, 44], [2, 3, 4, 5]))
  expectWeighted(both(tokens(0, 1, 2, 0)), weighted([1, 22, 63, 4], [1, 3, 7, 1]))
  expectWeighted(scale(a, tokens(1, 0, 2, 3)), weighted([1, 0, 6, 12], [1, 0, 2, 3]))
})

test("a number of a weight stays one number", () => {
  expect((scale(a, 2) as { weight: number }).weight).toBe(2)
})

test("0 times impossible is 0", () => {
  expectWeighted(scale(holed, 0), weighted([0, 0, 0, 0], 0))
  expectWeighted(scale(holed, tokens(1, 0, 1, 1)), weighted([0, 0, 0, 0], [1, 0, 1, 1]))
  expectWeighted(scale(holed, -0), weighted([0, 0, 0, 0], 0))
})

test("a positive factor keeps impossible tokens impossible", () => {
  expectWeighted(scale(holed, 0.1), weighted([0, none, 0, 0], 0.1))
  expectWeighted(scale(holed, tokens(1, 5, 1, 1)), weighted([0, none, 0, 0], [1, 5, 1, 1]))
})

test("a negative factor on an impossible token is refused at the token", () => {
  expect(scale(holed, -1e-9)).toEqual(new RowProblem("impossible", 1))
  expect(scale(holed, tokens(1, -1, 1, 1))).toEqual(new RowProblem("impossible", 1))
  expectWeighted(scale(holed, tokens(-1, 1, 1, 1)), weighted([0, none, 0, 0], [-1, 1, 1, 1]))
  const second = [
    { factor: 1, row: holed },
    { factor: -1, row: weighted([0, 0, 0, none], 1) }
  ]
  expect(sum(second)).toEqual(new RowProblem("impossible", 3))
})

test("pending summands are left out; all pending is pending", () => {
  const half = [
    { factor: 1, row: pending },
    { factor: 3, row: a }
  ]
  expectWeighted(sum(half), weighted([3, 6, 9, 12], 3))
  expectWeighted(sum([{ factor: 1, row: pending }]), pending)
  expectWeighted(sum([]), pending)
  expectWeighted(scale(pending, tokens(1, 2)), pending)
})

test("rows and factors of another length are refused", () => {
  const uneven = [
    { factor: 1, row: a },
    { factor: 1, row: weighted([1], 1) }
  ]
  expect(sum(uneven)).toEqual(new RowProblem("length"))
  expect(scale(a, tokens(1, 2, 3))).toEqual(new RowProblem("length"))
})

test("sums of float32 rows are float64", () => {
  const tenth = { factor: 1, row: { ...a, scores: Float32Array.of(0.1) } }
  const total = sum([tenth, tenth, tenth]) as { scores: Float64Array }
  expect(total.scores).toEqual(Float64Array.of(Math.fround(0.1) + Math.fround(0.1) + Math.fround(0.1)))
})

test("operands are left as they were", () => {
  scale(b, -3)
  sum([
    { factor: 2, row: b },
    { factor: 1, row: b }
  ])
  expectWeighted(b, weighted([10, 20, 30, 40], [1, 2, 3, 4]))
})

test("the indicator is 1 where the score is >= 0", () => {
  expect(indicator(weighted([0, -0, 1e-300, -1e-300], 1))).toEqual(tokens(1, 1, 1, 0))
  expect(indicator(weighted([none, 5], 1))).toEqual(tokens(0, 1))
  expect(indicator(pending)).toBe(pending)
})

test("scaling distributes over sums", () => {
  fc.assert(
    fc.property(logits(4), logits(4), fc.integer({ min: -8, max: 8 }), (x, y, k) => {
      const [p, q] = [weighted(x, 1), weighted(y, 2)]
      const inner = sum([
        { factor: 1, row: p },
        { factor: 1, row: q }
      ]) as Weighted
      const outer = sum([
        { factor: k, row: p },
        { factor: k, row: q }
      ]) as Weighted
      expectWeighted(scale(inner, k), outer, 1e-12)
    })
  )
})

test("a row of equal factors is the number", () => {
  fc.assert(
    fc.property(logits(4), fc.integer({ min: 0, max: 9 }), (x, k) => {
      expectWeighted(scale(weighted(x, 1), tokens(k, k, k, k)), scale(weighted(x, 1), k) as Weighted)
      expect(list(x)).toEqual(x)
    })
  )
})

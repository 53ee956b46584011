import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { RowProblem } from "../../src/logits/row.ts"
import { mask, type Truncation } from "../../src/logits/truncation.ts"
import { pending, toLogProbs, type WeightedRow } from "../../src/logits/weighted_row.ts"
import { logits } from "../support/arbitraries.ts"
import { naiveTruncate } from "../support/naive_truncation.ts"
import { expectRow, expectWeighted, none, weighted } from "../support/rows.ts"

const probs = [1 / 8, 1 / 2, 1 / 4, 1 / 8]
const row = (weight: number | ReadonlyArray<number>) =>
  weighted(
    probs.map((p, i) => Math.log(p) * (typeof weight === "number" ? weight : weight[i]!)),
    weight
  )
const [twoThirds, third] = [Math.log(2 / 3), Math.log(1 / 3)]

test("the truncated law, renormalized", () => {
  expectWeighted(mask(row(1), { topK: 2 }), weighted([none, twoThirds, third, none], 1), 1e-15)
})

test("times a weight that is one number", () => {
  expectWeighted(mask(row(3), { topP: 0.75 }), weighted([none, 3 * twoThirds, 3 * third, none], 3), 1e-14)
})

test("times a weight for each token", () => {
  const weights = [1, 2, 3, 4]
  expectWeighted(mask(row(weights), { minP: 0.5 }), weighted([none, 2 * twoThirds, 3 * third, none], weights), 1e-14)
})

test("a mask that keeps all is the law times the weight", () => {
  const [a, b, c, d] = probs.map((p) => 3 * Math.log(p))
  const shifted = weighted([a! + 5, b! + 5, c! + 5, d! + 5], 3)
  expectWeighted(mask(shifted, { topK: 0 }), row(3), 1e-14)
})

test("pending and problems pass through", () => {
  expectWeighted(mask(pending, { topK: 1 }), pending)
  expect(mask(weighted([1, 2], 0), { topK: 1 })).toEqual(new RowProblem("weight"))
  expect(mask(weighted([none, none], 1), { topK: 1 })).toEqual(new RowProblem("nothing"))
  expect(mask(weighted([0, Number.NaN], 1), { topK: 1 })).toEqual(new RowProblem("number", 1))
})

test("the law of a mask is the truncated law of its term, whatever the weights", () => {
  const weights = fc.oneof(
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 5, maxLength: 5 })
  )
  const rules: fc.Arbitrary<Truncation> = fc.record({
    topK: fc.nat(6),
    topP: fc.constantFrom(0.2, 0.7, 1),
    minP: fc.constantFrom(0, 0.3)
  })
  fc.assert(
    fc.property(logits(5), weights, rules, (scores, weight, rule) => {
      const term = weighted(scores, weight)
      const masked = mask(term, rule) as WeightedRow
      expectRow(toLogProbs(masked), naiveTruncate([...(toLogProbs(term) as Float64Array)], rule), 1e-12)
      expect(masked.weight).toBe(term.weight)
    })
  )
})

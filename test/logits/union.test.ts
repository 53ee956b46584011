import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { RowProblem } from "../../src/logits/row.ts"
import { intersection, union } from "../../src/logits/union.ts"
import { pending, type WeightedRow, weightAt } from "../../src/logits/weighted_row.ts"
import { roughLogits } from "../support/arbitraries.ts"
import { expectWeighted, none, weighted } from "../support/rows.ts"

//                           0  1  tie  none
const left = weighted([1, 2, 3, none], 1)
const right = weighted([2, 1, 3, 0], 5)

test("a union takes the larger score with its weight, the left at ties", () => {
  expectWeighted(union([left, right]), weighted([2, 2, 3, 0], [5, 1, 1, 5]))
  expectWeighted(union([right, left]), weighted([2, 2, 3, 0], [5, 1, 5, 5]))
})

test("an intersection takes the smaller score with its weight, the right at ties", () => {
  expectWeighted(intersection([left, right]), weighted([1, 1, 3, none], [1, 5, 5, 1]))
  expectWeighted(intersection([right, left]), weighted([1, 1, 3, none], [1, 5, 1, 1]))
})

test("impossible on both sides is a tie like any other", () => {
  const [a, b] = [weighted([none], 1), weighted([none], 2)]
  expectWeighted(union([a, b]), weighted([none], 1))
  expectWeighted(intersection([a, b]), weighted([none], 2))
})

test("equal weights stay one number, others become a row", () => {
  expect((union([left, { ...right, weight: 1 }]) as WeightedRow).weight).toBe(1)
  expect((union([left, right]) as WeightedRow).weight).toBeInstanceOf(Float64Array)
})

test("weights for each token are chosen with their side", () => {
  const rows = [weighted([0, 3, 0], [1, 2, 3]), weighted([1, 1, 1], [4, 5, 6])]
  expectWeighted(union(rows), weighted([1, 3, 1], [4, 2, 6]))
  expectWeighted(intersection(rows), weighted([0, 1, 0], [1, 5, 3]))
})

test("three operands are folded from the left", () => {
  const three = [weighted([1, 0, 0], 1), weighted([1, 1, 0], 2), weighted([1, 1, 1], 3)]
  expectWeighted(union(three), weighted([1, 1, 1], [1, 2, 3]))
  expectWeighted(intersection(three), weighted([1, 0, 0], [3, 1, 2]))
})

test("one operand is itself", () => {
  expectWeighted(union([left]), left)
  expectWeighted(intersection([left]), left)
})

test("pending while any operand is", () => {
  for (const f of [union, intersection]) {
    expectWeighted(f([left, pending]), pending)
    expectWeighted(f([pending, left]), pending)
    expectWeighted(f([left, right, pending]), pending)
    expectWeighted(f([]), pending)
  }
})

test("rows of different length are refused", () => {
  expect(union([left, weighted([1], 1)])).toEqual(new RowProblem("length"))
  expect(intersection([weighted([1], 1), left])).toEqual(new RowProblem("length"))
})

test("every score and weight is that of one side, and no side is better", () => {
  const sides = fc.array(fc.tuple(roughLogits(4), fc.integer({ min: 1, max: 3 })), { minLength: 2, maxLength: 4 })
  fc.assert(
    fc.property(sides, (given) => {
      const rows = given.map(([scores, weight]) => weighted(scores, weight))
      const [most, least] = [union(rows) as WeightedRow, intersection(rows) as WeightedRow]
      for (let i = 0; i < 4; i++) {
        const scores = rows.map((row) => row.scores[i]!)
        expect(most.scores[i]).toBe(Math.max(...scores))
        expect(least.scores[i]).toBe(Math.min(...scores))
        expect(weightAt(most, i)).toBe(given[scores.indexOf(Math.max(...scores))]![1])
        expect(weightAt(least, i)).toBe(given[scores.lastIndexOf(Math.min(...scores))]![1])
      }
    })
  )
})

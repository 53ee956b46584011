import { expect, test } from "bun:test"
import { RowProblem } from "../../src/logits/row.ts"
import * as Weighted from "../../src/logits/weighted_row.ts"
import { expectRow, expectWeighted, list, none, weighted } from "../support/rows.ts"

const quarter = Math.log(0.25)

test("a leaf is its log-softmax with weight 1", () => {
  const leaf = Weighted.fromLogits(Float32Array.of(3, 3, 3, 3)) as Weighted.Weighted
  expectWeighted(leaf, weighted([quarter, quarter, quarter, quarter], 1), 1e-15)
  expect(Weighted.fromLogits(Float32Array.of(0, Number.NaN))).toEqual(new RowProblem("number", 1))
  expect(Weighted.fromLogits(Float32Array.of(none, none))).toEqual(new RowProblem("nothing"))
})

test("raw scores stay as they are, with weight 0", () => {
  expectWeighted(Weighted.fromScores(Float32Array.of(3, none, -1)), weighted([3, none, -1], 0))
  expect(Weighted.fromScores(Float32Array.of(0, Number.POSITIVE_INFINITY))).toEqual(new RowProblem("number", 1))
  expect(Weighted.fromScores(Float32Array.of(0, 0, Number.NaN))).toEqual(new RowProblem("number", 2))
})

test("the uniform law", () => {
  expectWeighted(Weighted.uniform(4), weighted([quarter, quarter, quarter, quarter], 1))
  expectWeighted(Weighted.uniform(1), weighted([0], 1))
})

test("a weight is one number or one for each token", () => {
  expect([0, 1].map((token) => Weighted.weightAt(weighted([0, 0], 3), token))).toEqual([3, 3])
  expect([0, 1].map((token) => Weighted.weightAt(weighted([0, 0], [4, 5]), token))).toEqual([4, 5])
})

test("dividing by the weight", () => {
  expectRow(Weighted.divide(weighted([2, 4, none, 6], 2)), [1, 2, none, 3], 0)
  expectRow(Weighted.divide(weighted([2, 4, none, 6], [1, 2, 3, 4])), [2, 2, none, 1.5], 0)
  expectRow(Weighted.divide(weighted([2, -4], -2)), [-1, 2], 0)
  expectRow(Weighted.divide(weighted([2, 4], 1)), [2, 4], 0)
})

test("a weight of 0 is refused at its token, unless nothing is divided", () => {
  expect(Weighted.divide(weighted([1, 2], 0))).toEqual(new RowProblem("weight"))
  expect(Weighted.divide(weighted([1, 2, 3], [1, 1, 0]))).toEqual(new RowProblem("weight", 2))
  expect(Weighted.divide(weighted([1, 2, 3], [0, 1, 0]))).toEqual(new RowProblem("weight", 0))
  expectRow(Weighted.divide(weighted([1, 2], 0), "none"), [1, 2], 0)
  expectRow(Weighted.divide(weighted([1, 2], [0, 7]), "none"), [1, 2], 0)
})

test("the law of a weighted row", () => {
  const row = weighted([0, 2 * Math.log(3)], 2)
  expectRow(Weighted.toLogProbs(row), [quarter, Math.log(0.75)], 1e-15)
  expectRow((Weighted.toProbs(row) as { probs: Float64Array }).probs, [0.25, 0.75], 1e-15)
  expectRow(Weighted.toLogProbs(row, "none"), [Math.log(0.1), Math.log(0.9)], 1e-15)
  expectRow((Weighted.toProbs(row, "none") as { probs: Float64Array }).probs, [0.1, 0.9], 1e-15)
  expect(Weighted.toLogProbs(weighted([0], 0))).toEqual(new RowProblem("weight"))
  expect(Weighted.toProbs(weighted([0], 0))).toEqual(new RowProblem("weight"))
  expect(Weighted.toLogProbs(weighted([none, 0], -1))).toEqual(new RowProblem("number", 0))
})

test("a function of the scores leaves the weight and the argument alone", () => {
  const row = weighted([1, 2], [3, 4])
  const twice = (scores: Float64Array) => {
    for (let i = 0; i < scores.length; i++) scores[i]! *= 2
    return scores
  }
  expectWeighted(Weighted.mapScores(row, twice), weighted([2, 4], [3, 4]))
  expect(list(row.scores)).toEqual([1, 2])
  expectWeighted(Weighted.mapScores(Weighted.pending, twice), Weighted.pending)
})

test("a function's result must have the same length and hold scores", () => {
  const row = weighted([1, 2], 1)
  expect(Weighted.mapScores(row, (scores) => scores.slice(1))).toEqual(new RowProblem("length"))
  expect(Weighted.mapScores(row, () => Float64Array.of(0, Number.NaN))).toEqual(new RowProblem("number", 1))
  expect(Weighted.mapScores(row, () => Float64Array.of(Infinity, 0))).toEqual(new RowProblem("number", 0))
  expectWeighted(
    Weighted.mapScores(row, () => Float64Array.of(none, 0)),
    weighted([none, 0], 1)
  )
})

import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { describe, isRowProblem, RowProblem } from "../../src/logits/row.ts"
import { logSoftmax, logSumExp, softmax, toLogProbs } from "../../src/logits/softmax.ts"
import { roughLogits, size } from "../support/arbitraries.ts"
import { expectRow, list, none } from "../support/rows.ts"

const row = (...scores: ReadonlyArray<number>) => Float64Array.from(scores)
const eighths = [1 / 8, 1 / 8, 1 / 4, 1 / 2]
const four = row(...eighths.map((p) => Math.log(p * 16)))

test("a table of four tokens: 2, 2, 4, 8 parts of 16", () => {
  expect(logSumExp(four)).toBeCloseTo(Math.log(16), 14)
  expectRow(logSoftmax(four), eighths.map(Math.log), 1e-15)
  expectRow((softmax(four) as { probs: Float64Array }).probs, eighths, 1e-16)
  expect((softmax(four) as { logZ: number }).logZ).toBe(logSumExp(four) as number)
  expect(toLogProbs(four)).toEqual(Float32Array.from(eighths, Math.log))
})

test("one token has probability 1 whatever its score", () => {
  for (const score of [0, -1000, 88, 1e300]) {
    expect(logSumExp(row(score))).toBe(score)
    expectRow(logSoftmax(row(score)), [0], 0)
    expectRow((softmax(row(score)) as { probs: Float64Array }).probs, [1], 0)
  }
})

test("all tokens but one impossible", () => {
  expectRow(logSoftmax(row(none, 5, none, none)), [none, 0, none, none], 0)
  expect(softmax(row(none, 5, none, none))).toEqual({ probs: row(0, 1, 0, 0), logZ: 5 })
})

test("every token impossible: nothing", () => {
  for (const f of [logSumExp, logSoftmax, softmax, toLogProbs]) {
    expect(f(row(none, none))).toEqual(new RowProblem("nothing"))
  }
})

test("NaN and +Infinity are refused at their token, also beside impossible ones", () => {
  for (const f of [logSumExp, logSoftmax, softmax, toLogProbs]) {
    expect(f(row(0, none, Number.NaN, 1))).toEqual(new RowProblem("number", 2))
    expect(f(row(0, Number.POSITIVE_INFINITY, 1, 1))).toEqual(new RowProblem("number", 1))
    expect(f(row(none, none, Number.NaN))).toEqual(new RowProblem("number", 2))
  }
})

test("large and small scores neither overflow nor vanish", () => {
  expectRow(logSoftmax(row(1e4, 1e4)), [-Math.LN2, -Math.LN2], 1e-11)
  expectRow(logSoftmax(row(0, -1000)), [0, -1000], 0)
  expect(logSumExp(row(-1e4, -1e4))).toBeCloseTo(-1e4 + Math.LN2, 10)
})

test("float32 rows are summed in float64: a million equal scores", () => {
  const many = new Float32Array(1_000_000)
  expect(logSumExp(many)).toBeCloseTo(Math.log(1e6), 12)
  // 0.1 has no exact float32: a float32 sum of exponentials would be off in the fourth digit
  expect(logSumExp(many.fill(Math.fround(0.1)))).toBeCloseTo(Math.log(1e6) + Math.fround(0.1), 10)
})

test("the argument is left as it was", () => {
  const before = row(1, 2, 3)
  logSoftmax(before)
  softmax(before)
  expect(list(before)).toEqual([1, 2, 3])
})

test("a law sums to 1, keeps impossible tokens and does not see a constant", () => {
  fc.assert(
    fc.property(size.chain(roughLogits), fc.integer({ min: -50, max: 50 }), (scores, constant) => {
      const logProbs = logSoftmax(row(...scores)) as Float64Array
      const { probs } = softmax(row(...scores)) as { probs: Float64Array }
      expect(probs.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14)
      expectRow(probs, logProbs.map(Math.exp), 1e-14)
      expect(list(logProbs.map((x) => (x === none ? 1 : 0)))).toEqual(scores.map((x) => (x === none ? 1 : 0)))
      expectRow(logSoftmax(row(...scores.map((x) => x + constant))), logProbs, 1e-12)
    })
  )
})

test("problems in words", () => {
  expect(describe(new RowProblem("impossible", 3))).toBe(
    "a negative coefficient meets token 3, which is impossible there (-Infinity)"
  )
  expect(describe(new RowProblem("weight", 2))).toBe("the total weight is 0 for token 2")
  expect(describe(new RowProblem("number", 1))).toBe("the score of token 1 is not a number")
  expect(describe(new RowProblem("nothing"))).toBe("every token is impossible")
  expect(describe(new RowProblem("length"))).toBe("two rows have different lengths")
  expect(isRowProblem(new RowProblem("length"))).toBe(true)
  expect(isRowProblem(row(0))).toBe(false)
})

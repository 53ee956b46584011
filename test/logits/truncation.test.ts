import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { RowProblem } from "../../src/logits/row.ts"
import { logSoftmax } from "../../src/logits/softmax.ts"
import { type Truncation, truncate } from "../../src/logits/truncation.ts"
import { logits, roughLogits } from "../support/arbitraries.ts"
import { naiveTruncate } from "../support/naive_truncation.ts"
import { expectRow, none } from "../support/rows.ts"

const law = (...probs: ReadonlyArray<number>) => Float64Array.from(probs, Math.log)
const kept = (probs: Float64Array, rules: Truncation) =>
  Array.from((truncate(probs, rules) as Float64Array).map(Math.exp))
const four = law(1 / 8, 1 / 2, 1 / 4, 1 / 8)
const near = (row: ReadonlyArray<number>, wanted: ReadonlyArray<number>) =>
  expectRow(Float64Array.from(row), wanted, 1e-15)

test("topK: the k likeliest, lower ids of equal ones", () => {
  near(kept(four, { topK: 1 }), [0, 1, 0, 0])
  near(kept(four, { topK: 3 }), [1 / 7, 4 / 7, 2 / 7, 0])
  near(kept(law(0.25, 0.25, 0.25, 0.25), { topK: 2 }), [0.5, 0.5, 0, 0])
})

test("topK that keeps all leaves the law as it is", () => {
  for (const topK of [0, 4, 5]) expect(truncate(four, { topK })).toEqual(four)
})

test("topP: a token stays if the mass before it is less than p", () => {
  near(kept(four, { topP: 0.5 }), [0, 1, 0, 0])
  near(kept(four, { topP: 0.5 + 1e-9 }), [0, 2 / 3, 1 / 3, 0])
  near(kept(four, { topP: 0.75 }), [0, 2 / 3, 1 / 3, 0])
  near(kept(four, { topP: 0.76 }), [1 / 7, 4 / 7, 2 / 7, 0])
  near(kept(four, { topP: 0.876 }), [1 / 8, 1 / 2, 1 / 4, 1 / 8])
  near(kept(four, { topP: 1e-300 }), [0, 1, 0, 0])
  near(kept(law(0.25, 0.25, 0.25, 0.25), { topP: 0.5 }), [0.5, 0.5, 0, 0])
})

test("topP 1 keeps all, also where the masses sum to less by rounding", () => {
  expect(truncate(four, { topP: 1 })).toEqual(four)
  const tenths = law(...Array.from({ length: 10 }, () => 0.1))
  expect(kept(tenths, { topP: 1 - 2 ** -53 }).every((p) => p > 0)).toBe(true)
})

test("minP: a share of the likeliest, its bound included", () => {
  near(kept(four, { minP: 0.5 }), [0, 2 / 3, 1 / 3, 0])
  near(kept(four, { minP: 0.51 }), [0, 1, 0, 0])
  near(kept(four, { minP: 0.25 }), [1 / 8, 1 / 2, 1 / 4, 1 / 8])
  near(kept(law(0.4, 0.4, 0.2), { minP: 1 }), [0.5, 0.5, 0])
  expect(truncate(four, { minP: 0 })).toEqual(four)
})

test("typicalP may leave out the likeliest token", () => {
  // entropy 1.75 nats: 0.1 (surprise 2.30) is closer to it than 0.4 (0.92)
  const flat = law(0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
  near(kept(flat, { typicalP: 0.15 }), [0, 0.5, 0.5, 0, 0, 0, 0])
  expectRow(truncate(flat, { typicalP: 0.7 }), flat, 1e-15)
})

test("temperature divides log-probabilities before anything is cut", () => {
  near(kept(law(0.8, 0.2), { temperature: 0.5 }), [16 / 17, 1 / 17])
  near(kept(law(0.8, 0.2), { temperature: 2 }), [2 / 3, 1 / 3])
  // 0.8 alone reaches 0.7, but at temperature 2 the likeliest has 2/3 only
  near(kept(law(0.8, 0.2), { temperature: 2, topP: 0.7 }), [2 / 3, 1 / 3])
})

test("each rule works on the law that the one before left", () => {
  // after topK 2 the likeliest has 2/3, which reaches 0.6; of the whole law it has 1/2 only
  near(kept(four, { topK: 2, topP: 0.6 }), [0, 1, 0, 0])
  near(kept(four, { topP: 0.6 }), [0, 2 / 3, 1 / 3, 0])
})

test("one token, and all but one impossible", () => {
  const rules = { temperature: 2, topK: 1, typicalP: 0.5, topP: 0.5, minP: 0.5 }
  expectRow(truncate(law(1), rules), [0], 0)
  expectRow(truncate(law(0, 0, 1, 0), rules), [none, none, 0, none], 0)
  expect(truncate(Float64Array.of(none, none), { topP: 0.5 })).toEqual(new RowProblem("nothing"))
  expect(truncate(Float64Array.of(none, none), { temperature: 2, topK: 1 })).toEqual(new RowProblem("nothing"))
})

// off every fraction that a few equal tokens make, where rounding alone would decide
const share = fc.integer({ min: 1, max: 20 }).map((n) => (n - 0.37) / 20)
const anyRules: fc.Arbitrary<Truncation> = fc.record(
  { temperature: share.map((x) => 2 * x), topK: fc.nat(9), typicalP: share, topP: share, minP: share },
  { requiredKeys: [] }
)

test("all rules agree with full sorts", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }).chain(roughLogits), anyRules, (scores, rules) => {
      const row = logSoftmax(Float64Array.from(scores)) as Float64Array
      expectRow(truncate(row, rules), naiveTruncate([...row], rules), 1e-12)
    }),
    { numRuns: 500 }
  )
})

test("large vocabularies agree with full sorts", () => {
  fc.assert(
    fc.property(fc.oneof(logits(700, 2), roughLogits(700)), anyRules, (scores, rules) => {
      const row = logSoftmax(Float64Array.from(scores)) as Float64Array
      expectRow(truncate(row, rules), naiveTruncate([...row], rules), 1e-12)
    }),
    { numRuns: 30 }
  )
})

import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { RowProblem } from "../../src/logits/row.ts"
import { selfDebias } from "../../src/logits/self_debias.ts"
import { logSoftmax } from "../../src/logits/softmax.ts"
import { pending, type WeightedRow } from "../../src/logits/weighted_row.ts"
import { logits } from "../support/arbitraries.ts"
import { expectRow, expectWeighted, none, weighted } from "../support/rows.ts"

const p = [0.5, 0.25, 0.125, 0.125]
const q = [0.25, 0.5, 0.125, 0.125]
const row = (probs: ReadonlyArray<number>, weight: number | ReadonlyArray<number> = 1) =>
  weighted(
    probs.map((x, i) => Math.log(x) * (typeof weight === "number" ? weight : weight[i]!)),
    weight
  )

test("only the token that the other law exceeds is lowered, by strength times the excess", () => {
  const lowered = logSoftmax(
    Float64Array.of(Math.log(0.5), Math.log(0.25) - 8 * 0.25, Math.log(0.125), Math.log(0.125))
  )
  expectWeighted(selfDebias(row(p), row(q), 8), weighted([...(lowered as Float64Array)], 1), 1e-15)
})

test("strength 0, or the same law twice, change nothing", () => {
  expectWeighted(selfDebias(row(p), row(q), 0), row(p), 1e-15)
  expectWeighted(selfDebias(row(p), row(p), 50), row(p), 1e-15)
})

test("weights are divided away first; the result has weight 1", () => {
  const plain = selfDebias(row(p), row(q), 8) as WeightedRow
  expectWeighted(selfDebias(row(p, 3), row(q, 0.5), 8), plain, 1e-14)
  expectWeighted(selfDebias(row(p, [1, 2, 3, 4]), row(q, [2, 2, 1, 1]), 8), plain, 1e-14)
})

test("impossible tokens stay impossible, possible ones possible however unlikely", () => {
  const holed = selfDebias(weighted([0, none, 0], 1), weighted([none, 0, 0], 1), 5) as WeightedRow
  expectRow(
    holed.scores.map((x) => (x === none ? 1 : 0)),
    [0, 1, 0],
    0
  )
  // e^-1000 is no double: its logarithm must not come from the probability
  const unlikely = selfDebias(weighted([0, -1000], 1), weighted([0, 0], 1), 1) as WeightedRow
  expectRow(unlikely.scores, [0, -1000.5], 1e-9)
})

test("pending, problems and lengths pass through", () => {
  expectWeighted(selfDebias(pending, row(q), 1), pending)
  expectWeighted(selfDebias(row(p), pending, 1), pending)
  expect(selfDebias(weighted([0, 0], 0), weighted([0, 0], 1), 1)).toEqual(new RowProblem("weight"))
  expect(selfDebias(weighted([0, 0], 1), weighted([none, none], 1), 1)).toEqual(new RowProblem("nothing"))
  expect(selfDebias(weighted([0, 0], 1), weighted([0], 1), 1)).toEqual(new RowProblem("length"))
})

test("the probability of what the other law finds likelier never rises against the rest", () => {
  fc.assert(
    fc.property(logits(4), logits(4), fc.integer({ min: 0, max: 50 }), (x, y, strength) => {
      const [a, b] = [x, y].map((scores) => logSoftmax(Float64Array.from(scores)) as Float64Array)
      const out = (selfDebias(weighted(x, 1), weighted(y, 1), strength) as WeightedRow).scores
      const ratio = out.map((z, i) => z - a![i]!)
      const kept = Math.max(...ratio)
      ratio.forEach(
        (r, i) => void expect(r - kept).toBeCloseTo(strength * Math.min(Math.exp(a![i]!) - Math.exp(b![i]!), 0), 9)
      )
    })
  )
})

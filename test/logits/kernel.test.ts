import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { sum } from "../../src/logits/arithmetic.ts"
import { kernelFor } from "../../src/logits/kernel/kernel.ts"
import { type Row, RowProblem } from "../../src/logits/row.ts"
import { exponentials, exponentialsWith, logSumExp, logSumExpWith, softmax } from "../../src/logits/softmax.ts"
import { intersection, union } from "../../src/logits/union.ts"
import { divide, make, type WeightedRow, weightAt } from "../../src/logits/weighted_row.ts"
import { list, none } from "../support/rows.ts"

/** The smallest module with an instruction on 128 bits: `i8x16.popcnt(i8x16.splat(0))`. */
const hasSimd = WebAssembly.validate(
  Uint8Array.from(
    [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0].concat([
      65, 0, 253, 15, 253, 98, 11
    ])
  )
)
if (!hasSimd) console.log("skipped: this processor has no SIMD, rows go by plain loops")
/** The kernel serves rows of any length; `kernelFor` only says from which length on it is worth it. */
const kernel = kernelFor(4096)!
test("there is a kernel wherever there is SIMD, and short rows do without", () => {
  expect(kernel !== undefined).toBe(hasSimd)
  expect(kernelFor(4096)).toBe(kernel)
  expect(kernelFor(5)).toBeUndefined()
})

const hard = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -30, max: 30, noNaN: true }) },
  { weight: 2, arbitrary: fc.constant(none) },
  { weight: 2, arbitrary: fc.double({ min: -1000, max: 1000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 5e-324, -1e-310, -708.5, -744.9, -745.2, 1e300, -1e300, 3.4e38) }
)
const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)
const sized = <A>(cell: fc.Arbitrary<A>) =>
  fc.integer({ min: 1, max: 40 }).chain((size) => fc.array(cell, { minLength: size, maxLength: size }))
const wide = (cells: ReadonlyArray<number>): Row => Float64Array.from(cells)
const narrow = (cells: ReadonlyArray<number>): Row => Float32Array.from(cells)
const rows = fc.tuple(
  fc.oneof({ weight: 4, arbitrary: sized(hard) }, { weight: 1, arbitrary: sized(fc.oneof(hard, odd)) }),
  fc.constantFrom(wide, narrow)
)

const close = (a: number, b: number, relative: number) =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b)) + 5e-324

test("exponentials agree with plain loops to the rounding of their sum, problems included", () => {
  const temperature = fc.constantFrom(1, 1, 0.8, 1e-3, 100, 5e-324)
  fc.assert(
    fc.property(rows, temperature, ([cells, toRow], temperature) => {
      const row = toRow(cells)
      const [fast, plain] = [exponentialsWith(kernel, row, temperature), exponentialsWith(undefined, row, temperature)]
      if (plain instanceof RowProblem || fast instanceof RowProblem) return void expect(fast).toEqual(plain)
      expect(fast.max + 0).toBe(plain.max + 0)
      // plain loops add one after another: each addition is rounded
      const rounding = (row.length + 4) * 2.3e-16
      expect(close(fast.sum, plain.sum, rounding)).toBe(true)
      // the argument of an exponential is rounded once more by the inverse of a temperature
      const slack = (i: number) => rounding + (temperature === 1 ? 0 : Math.abs(Math.log(plain.probs[i]!)) * 4e-16)
      const bad = fast.probs.findIndex((p, i) => !close(p, plain.probs[i]!, slack(i)))
      expect(bad < 0 ? undefined : [row[bad], fast.probs[bad], plain.probs[bad]]).toBeUndefined()
      expect(fast.probs.length).toBe(row.length)
    }),
    { numRuns: 2000 }
  )
})

test("log-sum-exp agrees with plain loops", () => {
  fc.assert(
    fc.property(rows, ([cells, toRow]) => {
      const [fast, plain] = [logSumExpWith(kernel, toRow(cells)), logSumExpWith(undefined, toRow(cells))]
      if (typeof plain !== "number" || typeof fast !== "number") return void expect(fast).toEqual(plain)
      const rounding = (cells.length + 4) * 2.3e-16
      expect(close(fast, plain, rounding) || Math.abs(fast - plain) < rounding).toBe(true)
    }),
    { numRuns: 1000 }
  )
})

test.skipIf(!hasSimd)(
  "every exponential of a double from -760 to 0 is within 2.3e-16 of Math.exp, which is within 1.2e-16 itself",
  () => {
    const row = Float64Array.from({ length: 100_000 }, (_, i) =>
      i === 0 ? 0 : -(((i * 7919) % 100_003) / 100_003) * 760
    )
    kernel.load(row)
    kernel.exponentiate(0, 1)
    kernel.normalize(1)
    const got = kernel.take()
    const bad = got.findIndex((y, i) => !close(y, Math.exp(row[i]!), 2.3e-16))
    expect(bad < 0 ? undefined : [row[bad], got[bad], Math.exp(row[bad]!)]).toBeUndefined()
  }
)

test("sums are those of one summand after another, to the last bit, problems included", () => {
  const summand = (size: number) =>
    fc.record({
      factor: fc.oneof(fc.constantFrom(1, -1, 0, -0, -0.6, 2.5, 1e-300), fc.double({ min: -3, max: 3, noNaN: true })),
      row: fc
        .tuple(
          fc.array(fc.oneof({ weight: 12, arbitrary: hard }, { weight: 1, arbitrary: odd }), {
            minLength: size,
            maxLength: size
          }),
          fc.constantFrom(wide, narrow)
        )
        .map(([cells, toRow]) => toRow(cells))
    })
  const summands = fc
    .integer({ min: 1, max: 9 })
    .chain((size) => fc.array(summand(size), { minLength: 1, maxLength: 7 }))
  fc.assert(
    fc.property(summands, (all) => {
      const out = new Float64Array(all[0]!.row.length)
      let problem: RowProblem | undefined
      for (const { factor, row } of all) {
        if (factor === 0) continue
        row.forEach((x, i) => {
          out[i]! += factor * x
        })
        const bad = factor < 0 ? row.findIndex((x) => Math.abs(x) === Number.POSITIVE_INFINITY) : -1
        if (bad >= 0) problem ??= new RowProblem(row[bad] === none ? "impossible" : "number", bad)
      }
      const got = sum(all.map(({ factor, row }) => ({ factor, row: make(row, 1) })))
      if (problem === undefined) expect(list((got as WeightedRow).scores)).toEqual(list(out))
      else expect(got).toEqual(problem)
    }),
    { numRuns: 2000 }
  )
})

test("unions and intersections of long rows are those of short ones", () => {
  const score = fc.constantFrom(none, -1, 0, 0.5, 2, Number.NaN)
  const side = fc.array(score, { minLength: 40, maxLength: 300 })
  fc.assert(
    fc.property(side, side, fc.constantFrom(wide, narrow), fc.constantFrom(1, 2), (x, y, toRow, weight) => {
      const size = Math.min(x.length, y.length)
      const [a, b] = [toRow(x.slice(0, size)), wide(y.slice(0, size))]
      for (const f of [union, intersection]) {
        for (const [left, right] of [[a, b] as const, [b, a] as const]) {
          const long = f([make(left, 1), make(right, weight)]) as WeightedRow
          expect(long.scores.length).toBe(size)
          for (let i = 0; i < size; i++) {
            const short = f([make(left.slice(i, i + 1), 1), make(right.slice(i, i + 1), weight)]) as WeightedRow
            expect([long.scores[i], weightAt(long, i)]).toEqual([short.scores[0], weightAt(short, 0)])
          }
          expect(typeof long.weight).toBe(weight === 1 ? "number" : "object")
        }
      }
    }),
    { numRuns: 50 }
  )
})

test("long rows: a weighted sum, its softmax and its parts against a reference in 64 bits", () => {
  for (const size of [4096, 4099, 50_257]) {
    const made = [1, 2, 3].map((k) =>
      Float32Array.from({ length: size }, (_, i) => 8 * Math.sin(i * 0.37 * k + k) + ((i * 7919) % 13))
    )
    const coefficients = [1, -0.6, 1]
    const weight = 1.4
    const row = sum(made.map((scores, i) => ({ factor: coefficients[i]!, row: make(scores, 1) }))) as WeightedRow
    const scores = divide(make(row.scores, weight)) as Row
    const { logZ, probs } = softmax(scores) as { logZ: number; probs: Float64Array }
    const wanted = Float64Array.from(made[0]!, (x, i) => (x - 0.6 * made[1]![i]! + made[2]![i]!) / weight)
    const max = wanted.reduce((a, b) => Math.max(a, b))
    const z = wanted.reduce((sum, x) => sum + Math.exp(x - max), 0)
    let worst = 0
    for (let i = 0; i < size; i++)
      worst = Math.max(worst, Math.abs(scores[i]! - logZ - (wanted[i]! - max - Math.log(z))))
    expect(worst).toBeLessThan(1e-12)
    let far = 0
    for (let i = 0; i < size; i++) far = Math.max(far, Math.abs(probs[i]! / (Math.exp(wanted[i]! - max) / z) - 1))
    expect(far).toBeLessThan(1e-12)
    expect(Math.abs(probs.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-13)
  }
})

test("results belong to the caller: the next row, longer or shorter, does not touch them, nor arguments", () => {
  const row = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i))
  const before = list(row)
  const first = exponentials(row, 1) as { probs: Float64Array }
  const kept = list(first.probs)
  const total = sum([{ factor: -2, row: make(row, 1) }]) as WeightedRow
  const sums = list(total.scores)
  for (const size of [300, 301, 200_003, 257]) {
    softmax(new Float64Array(size).fill(1))
    sum([{ factor: 3, row: make(new Float32Array(size).fill(2), 1) }])
  }
  expect(list(first.probs)).toEqual(kept)
  expect(list(total.scores)).toEqual(sums)
  expect(list(row)).toEqual(before)
})

test("problems of long rows name their token", () => {
  const row = new Float32Array(1000)
  row[700] = none
  expect(sum([{ factor: -1, row: make(row, 1) }])).toEqual(new RowProblem("impossible", 700))
  expect(softmax(row)).not.toBeInstanceOf(RowProblem)
  row[600] = Number.POSITIVE_INFINITY
  expect(sum([{ factor: -1, row: make(row, 1) }])).toEqual(new RowProblem("number", 600))
  expect(softmax(row)).toEqual(new RowProblem("number", 600))
  row[500] = Number.NaN
  expect(logSumExp(row)).toEqual(new RowProblem("number", 500))
  expect(logSumExp(row.fill(none))).toEqual(new RowProblem("nothing"))
})

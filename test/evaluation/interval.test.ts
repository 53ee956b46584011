import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { Evaluation } from "polylogit"
import { t95, withinT } from "../../src/evaluation/student_t.ts"

const { clusteredInterval, interval, wilsonInterval } = Evaluation
const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 20 })

describe("Student's t", () => {
  test.each([
    [1, 12.7062047364],
    [2, 4.30265272991],
    [3, 3.18244630528],
    [4, 2.7764451052],
    [5, 2.57058183661],
    [10, 2.22813885196],
    [31, 2.03951344639],
    [100, 1.98397151845],
    [100_000, 1.9599877]
  ])("with %d degrees of freedom 95 %% lie within %d", (degrees, t) => expect(t95(degrees)).toBeCloseTo(t, 6))

  test("its probabilities are the integral of its density", () => {
    const density = (x: number, degrees: number) => (1 + x ** 2 / degrees) ** (-(degrees + 1) / 2)
    // the midpoint rule over x = tan(a), which takes in the whole line
    const integral = (to: number, degrees: number) => {
      const steps = 4000
      let sum = 0
      for (let i = 0; i < steps; i++) {
        const a = ((i + 0.5) / steps) * to
        sum += density(Math.tan(a), degrees) / Math.cos(a) ** 2
      }
      return (sum * to) / steps
    }
    const property = fc.property(
      fc.double({ min: 0, max: 8, noNaN: true }),
      fc.integer({ min: 1, max: 40 }),
      (t, n) => {
        expect(withinT(t, n)).toBeCloseTo(integral(Math.atan(t), n) / integral(Math.PI / 2, n), 5)
      }
    )
    fc.assert(property, { numRuns: 40 })
  })
})

describe("the interval of a mean", () => {
  test("moves and stretches with the values", () => {
    const property = fc.property(
      values,
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      (xs, by, times) => {
        const [of, changed] = [interval(xs), interval(xs.map((x) => by + times * x))]
        expect(of.low).toBeLessThanOrEqual(of.mean)
        expect(of.high).toBeGreaterThanOrEqual(of.mean)
        for (const end of ["low", "mean", "high"] as const) expect(changed[end]).toBeCloseTo(by + times * of[end], 6)
      }
    )
    fc.assert(property)
  })
  test("of 1, 2 and 3 is 2 and 4.302653 standard errors of 1 / sqrt(3) to each side", () => {
    const { high, low, mean } = interval([1, 2, 3])
    expect(mean).toBe(2)
    for (const half of [mean - low, high - mean]) expect(half).toBeCloseTo(2.484138, 6)
  })
  test("a value alone has no interval, none at all no mean", () => {
    expect(interval([3])).toEqual({ mean: 3, low: -Infinity, high: Infinity, count: 1 })
    expect(interval([]).mean).toBeNaN()
  })
})

describe("clusters", () => {
  test("of one value each are a plain sample; saying each value again tells nothing new", () => {
    const property = fc.property(values, fc.integer({ min: 1, max: 5 }), (xs, times) => {
      const [repeated, alone] = [clusteredInterval(xs.map((x) => Array(times).fill(x))), interval(xs)]
      expect(repeated.count).toBe(alone.count)
      for (const end of ["low", "mean", "high"] as const) expect(repeated[end]).toBeCloseTo(alone[end], 9)
    })
    fc.assert(property)
  })
  test("pooling them would promise too much", () => {
    const clusters = [Array(50).fill(0), Array(50).fill(1), Array(50).fill(1)]
    expect(interval(clusters.flat()).high - interval(clusters.flat()).low).toBeLessThan(0.2)
    expect(clusteredInterval(clusters).high - clusteredInterval(clusters).low).toBeGreaterThan(1)
  })
  test("one of them alone is a plain sample; empty ones are none", () =>
    expect(clusteredInterval([[1, 2, 3], []])).toEqual(interval([1, 2, 3])))
})

describe("Wilson's interval", () => {
  test.each([
    [0, 10, 0, 0.277533],
    [8, 10, 0.490162, 0.943318],
    [50, 100, 0.403832, 0.596168],
    [1, 1, 0.206549, 1]
  ])("%d of %d", (successes, total, low, high) => {
    const found = wilsonInterval(successes, total)
    expect(found.low).toBeCloseTo(low, 6)
    expect(found.high).toBeCloseTo(high, 6)
  })
  test("its ends are the shares from which the sample lies 1.96 standard errors away", () => {
    const counts = fc
      .integer({ min: 1, max: 500 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))
    fc.assert(
      fc.property(counts, ([k, n]) => {
        const { high, low, mean } = wilsonInterval(k, n)
        expect(0 <= low && low <= mean && mean <= high && high <= 1).toBe(true)
        for (const p of [low, high]) {
          if (p > 1e-9 && p < 1 - 1e-9)
            expect(Math.abs(mean - p) / Math.sqrt((p * (1 - p)) / n)).toBeCloseTo(1.959964, 5)
        }
        expect(wilsonInterval(n - k, n).low).toBeCloseTo(1 - high, 12)
      })
    )
  })
  test("no trial tells nothing", () =>
    expect(wilsonInterval(0, 0)).toEqual({ mean: Number.NaN, low: 0, high: 1, count: 0 }))
})

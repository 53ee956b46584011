import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { entropy, klDivergence, totalVariation } from "../../src/logits/divergence.ts"
import { law } from "../support/arbitraries.ts"

const row = (...probs: ReadonlyArray<number>) => Float64Array.from(probs)
const even = row(0.25, 0.25, 0.25, 0.25)
const half = row(0.5, 0.5, 0, 0)

test("entropy of four tokens", () => {
  expect(entropy(even)).toBeCloseTo(2 * Math.LN2, 15)
  expect(entropy(half)).toBeCloseTo(Math.LN2, 15)
  expect(entropy(row(0.5, 0.25, 0.125, 0.125))).toBeCloseTo(1.75 * Math.LN2, 15)
  expect(entropy(row(0, 1, 0, 0))).toBe(0)
  expect(entropy(row(1))).toBe(0)
})

test("divergence: of what is excluded infinite, of what is not there nothing", () => {
  expect(klDivergence(half, even)).toBeCloseTo(Math.LN2, 15)
  expect(klDivergence(even, half)).toBe(Number.POSITIVE_INFINITY)
  expect(klDivergence(row(0.5, 0.5), row(0.25, 0.75))).toBeCloseTo(0.5 * Math.log(4 / 3), 15)
  expect(klDivergence(half, half)).toBe(0)
})

test("total variation: 0 for equal laws, 1 for laws without a common token", () => {
  expect(totalVariation(even, half)).toBe(0.5)
  expect(totalVariation(half, row(0, 0, 0.5, 0.5))).toBe(1)
  expect(totalVariation(even, even)).toBe(0)
})

test("entropy is at most log V, divergence is not negative and at least 2 tv^2 (Pinsker)", () => {
  fc.assert(
    fc.property(law(5), law(5), (p, q) => {
      expect(entropy(p)).toBeGreaterThanOrEqual(0)
      expect(entropy(p)).toBeLessThanOrEqual(Math.log(5) + 1e-12)
      expect(klDivergence(p, q)).toBeGreaterThanOrEqual(2 * totalVariation(p, q) ** 2 - 1e-12)
      expect(totalVariation(p, q)).toBe(totalVariation(q, p))
      expect(totalVariation(p, q)).toBeLessThanOrEqual(1 + 1e-12)
    })
  )
})

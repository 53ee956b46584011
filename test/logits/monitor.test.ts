import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { entropy, klDivergence } from "../../src/logits/divergence.ts"
import { monitor } from "../../src/logits/monitor.ts"
import { make, pending } from "../../src/logits/weighted_row.ts"
import { law } from "../support/arbitraries.ts"

const row = (...xs: ReadonlyArray<number>) => Float64Array.from(xs)
const logs = (probs: ArrayLike<number>) => Float64Array.from(probs, Math.log)

describe("four tokens by hand", () => {
  const half = logs(row(0.5, 0.5, 0, 0))
  const even = row(7, 7, 7, 7)

  test("entropy of the law, and each term's divergence from it", () => {
    const read = monitor(half, [make(even, 1), make(half, 1), make(logs(row(0.5, 0, 0.25, 0.25)), 1)])
    expect(read.entropy).toBeCloseTo(Math.LN2, 15)
    expect(read.terms[0]!.klDivergence).toBeCloseTo(Math.LN2, 15)
    expect(read.terms[0]!.logProbs[3]).toBeCloseTo(-2 * Math.LN2, 15)
    expect(read.terms[1]!.klDivergence).toBe(0)
    expect(read.terms[2]!.klDivergence).toBe(Number.POSITIVE_INFINITY)
  })
  test("a weight divides, as in the formula", () => {
    const doubled = make(row(2 * Math.log(3), 0, 0, 0), 2)
    expect(monitor(half, [doubled]).terms[0]!.logProbs[0]).toBeCloseTo(Math.log(0.5), 15)
  })
  test("a term that is pending, or no law, is not told", () => {
    const nothing = make(new Float64Array(4).fill(Number.NEGATIVE_INFINITY), 1)
    expect(monitor(half, [pending, nothing, make(even, 0)]).terms).toEqual([undefined, undefined, undefined])
  })
  test("a law of one token has no entropy, not minus zero", () => {
    expect(Object.is(monitor(logs(row(1, 0)), []).entropy, 0)).toBe(true)
  })
  test("what probabilities cannot hold, logarithms can", () => {
    const far = monitor(logs(row(0.5, 0.5)), [make(row(0, -2000), 1)]).terms[0]!.klDivergence
    expect(far).toBeCloseTo(1000 - Math.LN2, 9)
  })
})

test("the same as over probabilities", () => {
  fc.assert(
    fc.property(law(5), law(5), (p, q) => {
      const read = monitor(logs(p), [make(logs(q), 1)])
      expect(read.entropy).toBeCloseTo(entropy(p), 9)
      expect(read.terms[0]!.klDivergence).toBeCloseTo(Math.max(0, klDivergence(p, q)), 9)
    })
  )
})

import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { nucleus } from "../../src/logits/nucleus.ts"
import { logSoftmax } from "../../src/logits/softmax.ts"

const sorted = (ids: ReadonlyArray<number>) => [...ids].sort((a, b) => a - b)

test("four tokens: until the mass is reached", () => {
  const law = Float64Array.of(0.125, 0.5, 0.125, 0.25)
  const kept = (mass: number) => [...nucleus(law, law, mass)]
  expect(kept(0.5)).toEqual([1])
  expect(kept(0.51)).toEqual([1, 3])
  expect(kept(0.8)).toEqual([0, 1, 3])
  expect(kept(1)).toEqual([0, 1, 2, 3])
})

test("more than a few: equal tokens stay by their ids", () => {
  const law = new Float64Array(1024).fill(1 / 1024)
  expect([...nucleus(law, law, 0.4999)]).toEqual(Array.from({ length: 512 }, (_, i) => i))
})

test("keys far apart, in a unit of their own, with impossible tokens behind them", () => {
  const key = Float64Array.from({ length: 100 }, (_, i) => (i < 10 ? Number.NEGATIVE_INFINITY : -1e6 * i))
  const law = Float64Array.from(key, (x) => (x > Number.NEGATIVE_INFINITY ? 1 / 90 : 0))
  for (const unit of [1e-300, 1, 1e5, 1e9]) {
    expect([...nucleus(law, key, 0.5, { unit })]).toEqual(Array.from({ length: 45 }, (_, i) => i + 10))
    expect([...nucleus(law, key, 1.1, { unit })]).toEqual(Array.from({ length: 100 }, (_, i) => i))
  }
})

test("any key: the same tokens as by a full stable sort", () => {
  const levels = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 70, maxLength: 400 })
  fc.assert(
    fc.property(
      levels,
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 400, maxLength: 400 }),
      fc.nat(99),
      (scores, keys, n) => {
        const law = (logSoftmax(Float64Array.from(scores, (x) => x / 20)) as Float64Array).map(Math.exp)
        const key = Float64Array.from(scores, (_, i) => keys[i]!)
        const mass = (n + 0.5137) / 100
        const order = [...key.keys()].sort((a, b) => key[b]! - key[a]! || a - b)
        const kept: Array<number> = []
        for (let sum = 0; sum < mass && kept.length < order.length; ) {
          const id = order[kept.length]!
          sum += law[id]!
          kept.push(id)
        }
        expect([...nucleus(law, key, mass)]).toEqual(sorted(kept))
      }
    )
  )
})

import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { nucleus } from "../../src/logits/nucleus.ts"
import { logSoftmax } from "../../src/logits/softmax.ts"

const sorted = (ids: ReadonlyArray<number>) => [...ids].sort((a, b) => a - b)

test("four tokens: until the mass is reached", () => {
  const law = Float64Array.of(0.125, 0.5, 0.125, 0.25).map(Math.log)
  expect(nucleus(law, law, 0.5)).toEqual([1])
  expect(nucleus(law, law, 0.51)).toEqual([1, 3])
  expect(nucleus(law, law, 0.8)).toEqual([1, 3, 0])
  expect(nucleus(law, law, 1)).toEqual([1, 3, 0, 2])
})

test("more than a few: equal tokens stay by their ids", () => {
  const law = new Float64Array(1024).fill(-Math.log(1024))
  expect(sorted(nucleus(law, law, 0.4999))).toEqual(Array.from({ length: 512 }, (_, i) => i))
})

test("any key: the same tokens as by a full stable sort", () => {
  const levels = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 70, maxLength: 400 })
  fc.assert(
    fc.property(
      levels,
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 400, maxLength: 400 }),
      fc.nat(99),
      (scores, keys, n) => {
        const law = logSoftmax(Float64Array.from(scores, (x) => x / 20)) as Float64Array
        const key = Float64Array.from(scores, (_, i) => keys[i]!)
        const mass = (n + 0.5137) / 100
        const order = [...key.keys()].sort((a, b) => key[b]! - key[a]! || a - b)
        const kept: Array<number> = []
        for (let sum = 0; sum < mass && kept.length < order.length; ) {
          const id = order[kept.length]!
          sum += Math.exp(law[id]!)
          kept.push(id)
        }
        expect(sorted(nucleus(law, key, mass))).toEqual(sorted(kept))
      }
    )
  )
})

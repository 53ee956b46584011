import { expect, test } from "bun:test"
import type { LoadOptions } from "../../../../src/backends/onnxruntime/load_model.ts"
import { rowDistance } from "../../../support/language_model_laws.ts"
import { temporaryFolder } from "../temporary.ts"
import { cases, open, score, using } from "./golden.ts"

const rowsOf = (options: LoadOptions) => using(open(options), (model) => score(model, ...cases))
const variants = new Set(cases.map(({ variant }) => variant))
const plain = cases.filter(({ variant }) => variant.length === 0)

test("there is a mix of nothing among the mixes", () => expect([variants.size, plain.length]).toEqual([8, 3]))

for (const dtype of ["int8", "int4"] as const) {
  for (const engine of ["c-api", "binding"] as const) {
    test(`mixes beside ${dtype} weights lose what the weights lose, by ${engine}`, async () => {
      const rows = await rowsOf({ dtype, engine })
      const [mixed, alone] = [false, true].map((without) =>
        Math.max(
          ...cases.map(({ rows: wanted, variant }, i) =>
            (variant.length === 0) === without ? rowDistance(rows[i]!, wanted) : 0
          )
        )
      ) as [number, number]
      console.log(`${dtype}, ${engine}: mixes ${mixed.toFixed(3)}, the base ${alone.toFixed(3)} from float32`)
      expect(alone).toBeGreaterThan(1e-3)
      expect(mixed).toBeLessThan(2 * alone)
    })
    test(`a mix beside ${dtype} weights is the same alone, by ${engine}`, () =>
      using(open({ dtype, engine, cacheBytes: 0 }), async (model) => {
        const together = await score(model, ...cases)
        for (const [i, one] of cases.entries()) {
          expect(rowDistance(together[i]!, (await score(model, one))[0]!)).toBeLessThan(1e-4)
        }
      }))
  }
}

test("a file of quantized weights holds the base alone, and serves it with adapters and without", async () => {
  const quantizedCache = temporaryFolder()
  const options = { dtype: "int8", quantizedCache } as const
  const [first, second] = [await rowsOf(options), await rowsOf(options)]
  expect(second).toEqual(first)
  const [context] = plain.map((one) => one.context)
  const bare = await using(open({ ...options, adapters: {} }), (model) => score(model, { context: context! }))
  expect(rowDistance(bare[0]!, first[cases.indexOf(plain[0]!)]!)).toBeLessThan(1e-5)
})

test("mixes of low rank are not merged into quantized weights", async () => {
  const oneByOne = (options: LoadOptions) =>
    using(open({ ...options, dtype: "int8" }), async (model) => {
      const rows: Array<ReadonlyArray<Float32Array>> = []
      for (const one of cases) rows.push(...(await score(model, one)))
      return rows
    })
  expect(await oneByOne({ mergeAfter: 0 })).toEqual(await oneByOne({}))
})

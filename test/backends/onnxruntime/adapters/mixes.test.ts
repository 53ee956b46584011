import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import type { LoadOptions } from "../../../../src/backends/onnxruntime/load_model.ts"
import type { LanguageModel, Variant } from "../../../../src/model/language_model.ts"
import { peftFiles } from "../../../onnx/peft_files.ts"
import { rowDistance } from "../../../support/language_model_laws.ts"
import { temporaryFolder } from "../temporary.ts"
import { cases, folders, open, score, using } from "./golden.ts"

type Case = (typeof cases)[number]

const tolerance = 2e-5

test("there are eight mixes of six adapters", () => {
  expect(Object.keys(folders)).toEqual(["complex", "formal", "informal", "negative", "positive", "simple"])
  expect(cases.length).toBe(24)
  expect(new Set(cases.map(({ variant }) => JSON.stringify(variant))).size).toBe(8)
})

const far = async (ask: (one: Case) => Promise<ReadonlyArray<Float32Array>>) => {
  let most = 0
  for (const one of cases) most = Math.max(most, rowDistance(await ask(one), one.rows))
  return most
}

const inSteps =
  (model: LanguageModel, step: number) =>
  async ({ context, variant }: Case) => {
    const rows: Array<Float32Array> = []
    for (let from = 1; from <= context.length; from += step) {
      rows.push(...(await score(model, { context: context.slice(0, from + step - 1), from, variant }))[0]!)
    }
    return rows
  }

const forms: ReadonlyArray<readonly [string, LoadOptions]> = [
  ["pasts in place", { engine: "c-api" }],
  ["pasts copied", { engine: "binding" }],
  ["pasts in place, in a worker, in runs of five tokens", { engine: "c-api", thread: "worker", blockLength: 5 }]
]

for (const [name, options] of forms) {
  describe(`${name}: mixes of adapters give the rows of PEFT`, () => {
    test("at once, token by token, and in blocks of four", () =>
      using(open(options), async (model) => {
        for (const step of [99, 1, 4]) {
          const most = await far(inSteps(model, step))
          console.log(`${name}, steps of ${step}: ${most.toExponential(1)}`)
          expect(most).toBeLessThan(tolerance)
        }
      }))

    test("all together in one call, twice", () =>
      using(open(options), async (model) => {
        for (let i = 0; i < 2; i++) {
          const all = await score(model, ...cases)
          all.forEach((rows, at) => void expect(rowDistance(rows, cases[at]!.rows)).toBeLessThan(tolerance))
        }
      }))

    test("merged into the weights", () =>
      using(open({ ...options, mergeAfter: 0 }), async (model) => {
        const most = await far(inSteps(model, 99))
        console.log(`${name}, merged: ${most.toExponential(1)}`)
        expect(most).toBeLessThan(tolerance)
      }))
  })
}

const number = fc.double({ min: -2, max: 2, noNaN: true })
const mix = fc.dictionary(fc.constantFrom(...Object.keys(folders)), number).map((one) => Object.entries(one))
const request = fc.record({
  context: fc.array(fc.nat(159), { minLength: 1, maxLength: 12 }),
  variant: fc.oneof(mix, fc.constantFrom(...[0, 5, 6].map((i) => cases[3 * i]!.variant)))
})

for (const engine of ["c-api", "binding"] as const) {
  test(`calls of any mixes give the rows that each request has alone: ${engine}`, () =>
    using(open({ engine, cacheBytes: 1e6 }), (mixing) =>
      using(open({ engine, cacheBytes: 0 }), (alone) =>
        fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(request, { minLength: 1, maxLength: 9 }), { maxLength: 4 }),
            async (calls) => {
              for (const requests of calls) {
                const together = await score(mixing, ...requests)
                for (const [i, rows] of together.entries()) {
                  expect(rowDistance(rows, (await score(alone, requests[i]!))[0]!)).toBeLessThan(1e-5)
                }
              }
            }
          ),
          { numRuns: 30 }
        )
      )
    ))
}

test("a call without a mix runs the graph without adapters", async () => {
  const ask = (model: LanguageModel) => score(model, ...cases.map(({ context }) => ({ context })))
  const [beside, bare] = [await using(open(), ask), await using(open({ adapters: {} }), ask)]
  expect(beside).toEqual(bare)
})

test("adapters of different matrices have each its own coefficient", async () => {
  const module = (name: string) => ({ name: `model.layers.1.self_attn.${name}`, inputs: 64, outputs: 64 })
  const adapters = {
    asks: temporaryFolder(peftFiles([module("q_proj")], 1)),
    tells: temporaryFolder(peftFiles([module("o_proj")], 2))
  }
  const context = [7, 8, 9]
  const rows = (options: LoadOptions, variant: Variant) =>
    using(open({ ...options, adapters }), async (model) => (await score(model, { context, variant }))[0]!)
  const [asks, tells] = [1.5, -0.25]
  const both: Variant = Object.entries({ asks, tells })
  expect(rowDistance(await rows({}, both), await rows({ mergeAfter: 0 }, both))).toBeLessThan(1e-5)
  for (const one of both) expect(rowDistance(await rows({}, both), await rows({}, [one]))).toBeGreaterThan(0.01)
})

test("mixes are linear in their coefficients, whatever their order", () =>
  using(open(), async (model) => {
    const context = [7, 8, 9]
    const rows = (variant: Variant) => score(model, { context, variant })
    const [ab] = await rows([
      ["formal", 0.25],
      ["simple", -0.5]
    ])
    const [parts] = await rows([
      ["simple", -0.75],
      ["formal", 0.125],
      ["simple", 0.25],
      ["formal", 0.125]
    ])
    expect(parts).toEqual(ab!)
    const [plain, none, cancelled] = await Promise.all([
      score(model, { context }),
      rows([["formal", 0]]),
      rows([
        ["formal", 1],
        ["formal", -1]
      ])
    ])
    expect([none, cancelled]).toEqual([plain, plain])
    expect(rowDistance(ab!, plain![0]!)).toBeGreaterThan(0.01)
  }))

import { describe, expect, test } from "bun:test"
import type { LoadOptions } from "../../../../src/backends/onnxruntime/load_model.ts"
import type { LanguageModel } from "../../../../src/model/language_model.ts"
import { rowDistance } from "../../../support/language_model_laws.ts"
import { cases, folders, open, score, using } from "./golden.ts"

type Case = (typeof cases)[number]

const tolerance = 2e-5

test("there are eight mixes of six adapters", () => {
  expect(Object.keys(folders)).toEqual(["complex", "formal", "informal", "negative", "positive", "simple"])
  expect(cases.length).toBe(24)
  expect(new Set(cases.map(({ variant }) => JSON.stringify(variant))).size).toBe(8)
})

const far = async (model: LanguageModel, ask: (one: Case) => Promise<ReadonlyArray<Float32Array>>, some = cases) => {
  let most = 0
  for (const one of some) most = Math.max(most, rowDistance(await ask(one), one.rows))
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
          const most = await far(model, inSteps(model, step))
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
        const most = await far(model, inSteps(model, 99))
        console.log(`${name}, merged: ${most.toExponential(1)}`)
        expect(most).toBeLessThan(tolerance)
      }))
  })
}

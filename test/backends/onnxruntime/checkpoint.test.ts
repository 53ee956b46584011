import { describe, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import type { LoadOptions } from "../../../src/backends/onnxruntime/load_model.ts"
import type { LanguageModel } from "../../../src/model/language_model.ts"
import { families as supported } from "../../../src/onnx/families.ts"
import { rowDistance } from "../../support/language_model_laws.ts"
import { decoders, goldenCases, rowsOf, settings, tales, talesCases, withCheckpoint } from "./golden.ts"

type Ask = (model: LanguageModel, context: ReadonlyArray<number>) => Promise<ReadonlyArray<Float32Array>>

const inSteps =
  (step: number): Ask =>
  async (model, context) => {
    const rows: Array<Float32Array> = []
    for (let from = 1; from <= context.length; from += step) {
      rows.push(...(await rowsOf(model, context.slice(0, from + step - 1), from)))
    }
    return rows
  }

const ways: ReadonlyArray<readonly [string, Ask, LoadOptions?]> = [
  ["at once", (model, context) => rowsOf(model, context, 1)],
  ["token by token", inSteps(1)],
  ["in blocks of three", inSteps(3)],
  ["at once, in runs of five tokens", (model, context) => rowsOf(model, context, 1), { blockLength: 5 }],
  ["token by token, without a cache", inSteps(1), { cacheBytes: 0 }],
  ["in blocks of three, through the binding", inSteps(3), { engine: "binding" }]
]

const foldersOf = (root: string) =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

test("there is a checkpoint of every family", () => {
  const families = foldersOf(decoders)
  const architectures = families.flatMap(
    (family) => JSON.parse(readFileSync(join(decoders, family, "config.json"), "utf8")).architectures
  )
  // the name that the family had before it came to Hugging Face
  expect(new Set([...architectures, "MPTForCausalLM"])).toEqual(new Set(Object.keys(supported)))
  expect(families.length).toBe(13)
  expect(foldersOf(settings).length).toBe(23)
})

for (const folder of [decoders, settings].flatMap((root) => foldersOf(root).map((name) => join(root, name)))) {
  describe(`the checkpoint ${basename(folder)} gives the rows of Hugging Face`, () => {
    for (const [way, ask, options] of ways) {
      test(way, async () => {
        const cases = await goldenCases(folder)
        expect(cases.map(({ rows }) => rows.length)).toEqual(folder.startsWith(decoders) ? [1, 7, 40] : [1, 24])
        await withCheckpoint(
          folder,
          async (model) => {
            for (const { context, rows } of cases) {
              expect(rowDistance(await ask(model, context), rows)).toBeLessThan(1e-5)
            }
          },
          options
        )
      })
    }

    test("all contexts in one call", async () => {
      const cases = await goldenCases(folder)
      await withCheckpoint(folder, async (model) => {
        const many = [
          ...cases,
          ...cases.map(({ context, rows }) => ({ context: context.slice(0, 3), rows: rows.slice(0, 3) }))
        ]
        const all = await Promise.all(many.map(({ context }) => rowsOf(model, context, 1)))
        all.forEach((rows, i) => void expect(rowDistance(rows, many[i]!.rows)).toBeLessThan(1e-5))
      })
    })
  })
}

test("the tales, float16, give the rows of Hugging Face", async () => {
  const cases = await talesCases()
  expect(cases.length).toBe(4)
  await withCheckpoint(tales, async (model) => {
    for (const { context, rows } of cases) {
      expect(rowDistance(await rowsOf(model, context, context.length), rows)).toBeLessThan(2e-4)
    }
  })
})

test("a checkpoint tells its window, its vocabulary and its special tokens", () =>
  withCheckpoint(tales, async ({ contextLength, name, vocabulary }) => {
    expect({ contextLength, name, size: vocabulary.size, special: vocabulary.special }).toEqual({
      contextLength: 512,
      name: "tales",
      size: 4096,
      special: { beginning: 0, end: [0] }
    })
  }))

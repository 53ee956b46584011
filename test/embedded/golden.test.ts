import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { embeddedClassifiers } from "../../src/embedded/classifiers.ts"
import { embedded } from "../../src/embedded/list.ts"
import type { Variant } from "../../src/model/language_model.ts"

const golden = join(import.meta.dir, "../golden")
const json = (path: string) => JSON.parse(readFileSync(join(golden, path), "utf8"))
const contexts: ReadonlyArray<ReadonlyArray<number>> = json("tales/cases.json").cases.map(
  ({ tokens }: { readonly tokens: ReadonlyArray<number> }) => tokens
)
const { classifiers, mixes } = json("embedded/cases.json")

const rowsOf = (name: string, variant: Variant = []) => {
  const open = Effect.flatMap(embedded.find((one) => one.name === name)!.open(), (model) =>
    model.score(contexts.map((context) => ({ context, from: context.length, variant })))
  )
  return Effect.runPromise(Effect.scoped(open)).then((all) => all.map(([row]) => row!))
}

/** The largest difference between rows and those of a golden file. */
const apart = (rows: ReadonlyArray<Float32Array>, file: string): number => {
  const bytes = readFileSync(join(golden, file))
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  expect(all.length).toBe(rows.length * rows[0]!.length)
  return Math.max(...rows.map((row, i) => Math.max(...row.map((x, v) => Math.abs(x - all[i * row.length + v]!)))))
}

test.each([
  ["tales", "tales/logits.f32"],
  ["tales-draft", "embedded/draft.f32"],
  ["tales-sentiment-reward", "embedded/reward.f32"]
])("%s gives the rows of transformers", async (name, file) => {
  expect(apart(await rowsOf(name), file)).toBeLessThan(2e-4)
})

test.each(Object.keys(mixes))("a mix of adapters gives the rows of merged weights: %s", async (name) => {
  const rows = await rowsOf("tales", Object.entries(mixes[name]))
  expect(apart(rows, `embedded/${name}.f32`)).toBeLessThan(2e-4)
  // and not those of the base
  expect(apart(rows, "tales/logits.f32")).toBeGreaterThan(0.1)
})

test.each(Object.keys(classifiers))("the classifier %s gives the logits of transformers", async (name) => {
  const open = Effect.flatMap(embeddedClassifiers.find((one) => one.name === name)!.open(), (one) =>
    one.classify(contexts)
  )
  const rows = await Effect.runPromise(Effect.scoped(open))
  for (const [i, row] of rows.entries()) {
    for (const [label, x] of row.entries()) expect(Math.abs(x - classifiers[name][i][label])).toBeLessThan(2e-4)
  }
})

import { describe, expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { embedded } from "../../src/embedded/list.ts"
import { type EmbeddedOptions, layerWith } from "../../src/embedded/models.ts"
import { logits } from "../../src/formula/denote.ts"
import type { Formula } from "../../src/formula/formula.ts"
import { parseUnsafe } from "../../src/formula/syntax/parse.ts"
import { Models } from "../../src/model/models.ts"
import { peftFiles } from "../onnx/peft_files.ts"
import { scratch } from "../support/scratch.ts"
import { standIns, talesFolder } from "./stand_ins.ts"

const { folder } = scratch()
const golden = join(import.meta.dir, "../golden/adapters")
const adapters = standIns(folder)
const elsewhere = { name: "model.layers.99.self_attn.q_proj", inputs: 8, outputs: 8 }
const wrong = standIns(folder, "wrong", () => peftFiles([elsewhere], 1))

/** The row of a formula's law behind "Once upon a time". */
const rowOf = (text: string, options: EmbeddedOptions = {}) => {
  const rows = logits(parseUnsafe(text) as Formula<Models>)(Stream.make({ prompt: "Once upon a time", completion: [] }))
  return Effect.runPromise(
    Stream.runCollect(rows).pipe(
      Effect.map(([row]) => row!),
      Effect.provide(layerWith(options))
    )
  )
}
const opening = (options: EmbeddedOptions, name?: string) =>
  Effect.runPromise(
    Models.use((models) => models.get(name)).pipe(
      Effect.map((model) => model.adapters ?? []),
      Effect.provide(layerWith(options))
    )
  )
const refusal = (options: EmbeddedOptions) =>
  opening(options).then(
    () => "",
    (error) => `${error._tag}: ${error.message}`
  )

describe("adapters that are given to the default model", () => {
  test("stand beside its own, and can be mixed behind a prompt and without one", async () => {
    expect(await opening({ adapters })).toEqual(expect.arrayContaining(Object.keys(adapters)))
    const base = await rowOf("model()", { adapters })
    expect(base).toEqual(await rowOf("model()"))
    const rows = [
      base,
      await rowOf("interpolate(model(), sentiment: 0.8)", { adapters }),
      await rowOf('interpolate(prompt("A poem."), sentiment: 0.8, formality: 0.3 @ 0.5)', { adapters }),
      await rowOf('prompt("A poem.")', { adapters })
    ]
    for (const [i, row] of rows.entries()) {
      for (const other of rows.slice(i + 1)) {
        expect(Math.max(...row.map((x, token) => Math.abs(x - other[token]!)))).toBeGreaterThan(1e-3)
      }
    }
  })
  test("are those of the default model under its name too, and of no other", async () => {
    expect(await opening({ adapters }, "tales")).toEqual(await opening({ adapters }))
    expect(await opening({ adapters }, "tales-draft")).toEqual([])
    const own = { joy: join(golden, "positive") }
    expect(await opening({ adapters: own, model: join(golden, "base") })).toEqual(["joy"])
    expect(await opening({ adapters: own, model: join(golden, "base") }, "tales")).not.toContain("joy")
  })
  const cases: ReadonlyArray<readonly [string, EmbeddedOptions, string]> = [
    [
      "of another base",
      { adapters: { joy: join(golden, "positive") } },
      "Cannot use joy as an adapter of this base: base_model.model.model.layers.0."
    ],
    ["that are not there", { adapters: { joy: "./nowhere" } }, "as the adapter joy: there is no such folder"],
    [
      "of a model without weights",
      { adapters, model: "tales-ngram" },
      "Cannot load tales-ngram with the adapters formality+, formality-, sentiment+, sentiment-: it has no matrices"
    ],
    [
      "of a module that it has not",
      { adapters: { joy: wrong["sentiment+"]! } },
      "model.layers.99.self_attn.q_proj is no matrix of it"
    ]
  ]
  test.each(cases)("%s: refused when the model is opened", async (_, options, message) => {
    const told = await refusal(options)
    expect(told).toStartWith("ModelLoadError: ")
    expect(told).toContain(message)
  })
})

describe("the adapters of the package", () => {
  const attributes = ["sentiment", "formality", "simplicity", "politeness"]
  const at = join(talesFolder, "adapters")
  const there = readdirSync(at, { withFileTypes: true })
    .flatMap((one) => (one.isDirectory() ? [one.name] : []))
    .sort()
  const declared = embedded[0]!.adapters!
  test("are the folders that there are", async () => {
    expect(there).toEqual(attributes.flatMap((name) => [`${name}+`, `${name}-`]).sort())
    expect(declared).toEqual(there)
    expect(await opening({})).toEqual(there)
  })
  test("move the law, each of them", async () => {
    const base = await rowOf("model()")
    for (const name of attributes) {
      const [up, down] = [
        await rowOf(`interpolate(model(), ${name}: 1)`),
        await rowOf(`interpolate(model(), ${name}: 0)`)
      ]
      for (const [a, b] of [
        [up, base],
        [down, base],
        [up, down]
      ]) {
        expect(Math.max(...a!.map((x, token) => Math.abs(x - b![token]!)))).toBeGreaterThan(1e-3)
      }
    }
  })
  test("give way to one of the same name", async () => {
    expect(await refusal({ adapters: { "sentiment+": join(golden, "positive") } })).toContain(
      "Cannot use sentiment+ as an adapter of this base"
    )
  })
})

import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { fromCheckpoint, type LoadOptions } from "../../../../src/backends/onnxruntime/load_model.ts"
import type { LanguageModel, Variant } from "../../../../src/model/language_model.ts"
import { peftFiles } from "../../../onnx/peft_files.ts"
import { rowDistance } from "../../../support/language_model_laws.ts"
import { temporaryFolder } from "../temporary.ts"
import { base, cases, folders, open, score, using } from "./golden.ts"

const lateAdapters = Object.keys(folders)
const plain = cases.map(({ context }) => ({ context }))
const mixed = cases.filter(({ variant }) => variant.length > 0)

describe("adapters that are read when a mix is first asked for", () => {
  for (const engine of ["c-api", "binding"] as const) {
    test(`give the rows of those that are read at once, bit for bit: ${engine}`, async () => {
      const ask = (model: LanguageModel) => score(model, ...cases)
      expect(await using(open({ engine, lateAdapters }), ask)).toEqual(await using(open({ engine }), ask))
    })
  }
  const misfit = temporaryFolder(peftFiles([{ name: "model.layers.9.self_attn.q_proj", inputs: 64, outputs: 64 }], 1))
  test("are not looked at before: one that does not fit fails the first mix, and the base goes on", () =>
    using(open({ adapters: { ...folders, misfit }, lateAdapters: ["misfit"] }), async (model) => {
      const before = await score(model, ...plain)
      const ask = (variant: Variant) =>
        Effect.runPromise(Effect.flip(model.score([{ context: [1, 2], from: 2, variant }])))
      const message = "Cannot use misfit as an adapter of this base: model.layers.9.self_attn.q_proj is no matrix of it"
      for (const name of ["misfit", "formal", "misfit"]) {
        expect(await ask([[name, 1]])).toMatchObject({ _tag: "ModelError", message: expect.stringContaining(message) })
      }
      expect(await score(model, ...plain)).toEqual(before)
    }))
  test("which of them are late is a matter of each", async () => {
    const error = await Effect.runPromise(
      Effect.flip(Effect.scoped(open({ adapters: { ...folders, misfit }, lateAdapters })))
    )
    expect(error).toMatchObject({ _tag: "ModelLoadError", message: expect.stringContaining("Cannot use misfit") })
  })
  test("may be whole models", () =>
    using(fromCheckpoint(base, { adapters: { same: base }, lateAdapters: ["same"] }), async (model) => {
      const [one] = cases
      const [rows, wanted] = await score(
        model,
        { context: one!.context, variant: [["same", 1]] },
        { context: one!.context }
      )
      expect(rowDistance(rows!, wanted!)).toBeLessThan(1e-5)
    }))
  test("a first mix that is given up leaves nothing behind", () =>
    using(open({ thread: "worker", lateAdapters }), async (model) => {
      const { context, rows, variant } = mixed[0]!
      const long = Array.from({ length: 60 }, (_, i) => ({ context: [i, ...context], from: 1, variant }))
      for (let i = 0; i < 4; i++) {
        const given = Effect.gen(function* () {
          const asked = yield* Effect.forkChild(model.score(long))
          yield* Effect.sleep(i)
          yield* Fiber.interrupt(asked)
          return yield* Fiber.await(asked)
        })
        await Effect.runPromise(given)
      }
      expect(rowDistance((await score(model, { context, variant }))[0]!, rows)).toBeLessThan(2e-5)
    }))
  test("closing the model while the first mix runs ends both", async () => {
    let asked: Fiber.Fiber<unknown, unknown> | undefined
    const program = Effect.gen(function* () {
      const model = yield* open({ thread: "worker", lateAdapters })
      const { context, variant } = mixed[0]!
      const long = Array.from({ length: 200 }, (_, i) => ({ context: [i % 160, i % 7, ...context], from: 1, variant }))
      asked = yield* Effect.forkDetach(model.score(long))
      yield* Effect.sleep(0)
    })
    await Effect.runPromise(Effect.scoped(program))
    const exit = await Effect.runPromise(Fiber.await(asked!))
    expect(Exit.isFailure(exit) && String(exit.cause)).toMatch(/the model was released|was given up/)
  })
})

const settings: ReadonlyArray<LoadOptions> = [
  { engine: "c-api" },
  { engine: "binding" },
  { engine: "c-api", dtype: "int8" },
  { engine: "binding", dtype: "int4" }
]
for (const options of settings) {
  test(`rows of the base are the same bit for bit beside a mix, alone, and without adapters: ${JSON.stringify(options)}`, async () => {
    const own = { ...options, cacheBytes: 0 }
    const bare = await using(open({ ...own, adapters: {} }), (model) => score(model, ...plain))
    await using(open({ ...own, lateAdapters }), async (model) => {
      expect(await score(model, ...plain)).toEqual(bare)
      const beside = await score(model, ...plain.flatMap((one, i) => [one, mixed[i % mixed.length]!]))
      bare.forEach((rows, i) => void expect(beside[2 * i]).toEqual(rows))
      for (const [i, one] of plain.entries()) expect(await score(model, one)).toEqual([bare[i]!])
    })
  })
}

test("what was remembered of the base serves no mix, and what was of a mix neither the base nor another", () =>
  using(open({ lateAdapters }), async (model) => {
    const [a, b] = [mixed[0]!, mixed.find(({ variant }) => variant !== mixed[0]!.variant)!]
    const context = [3, 14, 15, 92, 65, 35, 89, 79]
    const variants: ReadonlyArray<Variant> = [[], a.variant, b.variant]
    const fresh = await Promise.all(
      variants.map((variant) =>
        using(open({ cacheBytes: 0 }), async (one) => (await score(one, { context, variant }))[0]!)
      )
    )
    for (const order of [
      [0, 1, 2],
      [1, 0, 2],
      [2, 1, 0]
    ]) {
      for (const i of order) {
        const [rows] = await score(model, { context, from: context.length, variant: variants[i]! })
        expect(rowDistance(rows!, fresh[i]!.slice(-1))).toBeLessThan(1e-5)
      }
    }
    expect(rowDistance(fresh[0]!, fresh[1]!)).toBeGreaterThan(0.01)
  }))

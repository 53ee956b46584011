import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as fc from "fast-check"
import { openByBinding } from "../../../../src/backends/onnxruntime/binding_session.ts"
import { giveBack } from "../../../../src/backends/onnxruntime/c_api/give_back.ts"
import type { InPlacePast } from "../../../../src/backends/onnxruntime/c_api/in_place_past.ts"
import { inPlaceRunner } from "../../../../src/backends/onnxruntime/c_api/in_place_runner.ts"
import { interrupt } from "../../../../src/backends/onnxruntime/c_api/interruption.ts"
import { mapCheckpoint, readConfig } from "../../../../src/backends/onnxruntime/folder.ts"
import { packedRunner } from "../../../../src/backends/onnxruntime/packed_runner.ts"
import type { Past, Runner } from "../../../../src/backends/onnxruntime/runner.ts"
import { settingsOf } from "../../../../src/backends/onnxruntime/settings.ts"
import { usableLibrary } from "../../../../src/backends/onnxruntime/usable_library.ts"
import { parseConfig } from "../../../../src/onnx/config.ts"
import { decoderOf } from "../../../../src/onnx/families.ts"
import { inPlaceModel } from "../../../../src/onnx/in_place.ts"
import { weightsOf } from "../../../../src/onnx/weights.ts"
import { rowDistance } from "../../../support/language_model_laws.ts"
import { decoders, tales } from "../golden.ts"

const library = usableLibrary()
if (typeof library === "string") throw new Error(library)
const settings = settingsOf({ slots: [1, 3] })
const options = { settings, giveBack: giveBack([]) }
const ready = async (folder: string) => {
  const decoder = decoderOf(readConfig(folder))
  const weights = weightsOf(mapCheckpoint(folder))
  const inPlace = inPlaceRunner(library, decoder, weights, options)!
  return { inPlace, packed: await packedRunner(decoder, weights, openByBinding(settings), settings) }
}

/** What becomes of the sequences in one run: cut to a length, copied from another, some new tokens. */
const step = fc.array(
  fc.record({
    keep: fc.nat(40),
    copyOf: fc.option(fc.nat(2), { nil: undefined }),
    tokens: fc.array(fc.nat(95), { minLength: 1, maxLength: 20 }),
    rows: fc.nat(20)
  }),
  { minLength: 1, maxLength: 3 }
)

type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

/** Runs the steps, and gives all rows that were asked for. */
const follow = async <P extends Past>(runner: Runner<P>, steps: ReadonlyArray<Step>) => {
  const pasts = [0, 1, 2].map(() => runner.emptyPast())
  const rows: Array<Float32Array> = []
  for (const blocks of steps) {
    const given = blocks.map(({ copyOf, keep, rows, tokens }, i) => {
      if (copyOf !== undefined && copyOf !== i) {
        const copied = pasts[copyOf]!.copy(keep) as P
        pasts[i]!.release()
        pasts[i] = copied
      } else pasts[i]!.truncate(keep)
      return { past: pasts[i]!, tokens: Int32Array.from(tokens), rows: Math.min(rows, tokens.length) }
    })
    for (const own of await runner.run(given)) rows.push(...own)
  }
  for (const past of pasts) past.release()
  return rows
}

for (const [name, folder, tolerance] of [
  ["llama", join(decoders, "llama"), 1e-5],
  ["tales", tales, 2e-4]
] as const) {
  test(`${name}: pasts that are written in place give the rows of pasts that are copied`, async () => {
    const { inPlace, packed } = await ready(folder)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        const [ours, theirs] = [await follow(inPlace, steps), await follow(packed, steps)]
        expect(ours.length).toBe(theirs.length)
        expect(rowDistance(ours, theirs)).toBeLessThan(tolerance)
      }),
      { numRuns: 40 }
    )
    await Promise.all([inPlace.release(), packed.release()])
  }, 30_000)
}

describe("a runner", () => {
  const llama = join(decoders, "llama")
  const block = (runner: Runner<Past>) => ({ past: runner.emptyPast(), tokens: Int32Array.of(1, 2), rows: 1 })
  const open = async () => (await ready(llama)).inPlace as unknown as Runner<Past>

  test("that was interrupted goes on with the next run", async () => {
    const runner = await open()
    const before = await runner.run([block(runner)])
    interrupt(library, runner.interruption!)
    expect(rowDistance((await runner.run([block(runner)])).flat(), before.flat())).toBe(0)
    await runner.release()
  })
  test("that was released gives nothing more, and is released once", async () => {
    const runner = await open()
    const used = block(runner)
    await runner.release()
    await runner.release()
    expect(runner.run([used])).rejects.toThrow()
    expect(() => (used.past as InPlacePast).addresses).toThrow("Cannot use a past: it was released")
  })
  test("whose model the runtime refuses leaves nothing open", () => {
    const decoder = decoderOf(readConfig(llama))
    const weights = weightsOf(mapCheckpoint(llama))
    const broken = {
      ...weights,
      linear: (graph: never, x: string) => weights.tensor(graph, "model.norm.weight", [36]) + x
    }
    expect(() => inPlaceRunner(library, decoder, broken as never, options)).toThrow()
  })
})

describe("the in-place form", () => {
  const config = JSON.parse(readFileSync(join(decoders, "llama/config.json"), "utf8"))
  const weights = weightsOf(mapCheckpoint(join(decoders, "llama")))
  const build = (attention: object) => {
    const decoder = decoderOf(parseConfig(JSON.stringify(config)))
    const changed: typeof decoder = {
      ...decoder,
      build: (graph, form, given) => {
        const attend: typeof form.attend = (layer, own) => form.attend(layer, { ...own, ...attention })
        return decoder.build(graph, { ...form, attend }, given)
      }
    }
    return inPlaceModel(changed, weights, 2)
  }
  test("is there for what its node knows", () => expect(build({})).toBeDefined())
  test("is not for slopes, nor for heads that are no multiple of 8", () => {
    expect(build({ slopes: [1, 2, 3, 4] })).toBeUndefined()
    expect(build({ headSize: 6 })).toBeUndefined()
  })
  test("names its inputs and outputs in the order of slots in layers", () => {
    const model = build({})!
    expect(model.inputs.slice(0, 10)).toEqual([
      ...["tokens", "positions", "rows", "lengths"],
      ...["total.0", "last.0", "total.1", "last.1"],
      ...model.inputs.slice(8, 10)
    ])
    expect(model.outputs.slice(0, 5)).toEqual([
      "logits",
      "present.0.0.key",
      "present.0.0.value",
      "present.1.0.key",
      "present.1.0.value"
    ])
  })
})

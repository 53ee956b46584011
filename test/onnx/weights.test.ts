import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as fc from "fast-check"
import { fromFiles } from "../../src/onnx/checkpoint.ts"
import { parseConfig } from "../../src/onnx/config.ts"
import type { Dtype } from "../../src/onnx/dtype.ts"
import { decoderOf } from "../../src/onnx/families.ts"
import { packedModel } from "../../src/onnx/packed.ts"
import { type WeightsOptions, weightsOf } from "../../src/onnx/weights.ts"

const folder = join(import.meta.dir, "../golden/decoders/llama")
const decoder = decoderOf(parseConfig(readFileSync(join(folder, "config.json"), "utf8")))
const checkpoint = fromFiles(new Map([["m", new Uint8Array(readFileSync(join(folder, "model.safetensors")))]]))

const built = (options: WeightsOptions) => {
  const weights = weightsOf(checkpoint, options)
  packedModel(decoder, weights, 1)
  packedModel(decoder, weights, 2)
  return weights.quantized()
}
const named = (dtype: Dtype) => built({ dtype }).map(({ name }) => name)

test("float32 quantizes nothing; int8 and int4 every matrix once, the head in 8 bits", () => {
  expect(named("fp32")).toEqual([])
  const matrices = (names: ReadonlyArray<string>, bits: string) => names.filter((name) => name.endsWith(`:${bits}`))
  expect(matrices(named("int8"), "int8").length).toBe(9)
  expect(matrices(named("int8"), "int4")).toEqual([])
  expect(matrices(named("int4"), "int8")).toEqual(["model.embed_tokens.weight:int8"])
  const [first, ...others] = matrices(named("int4"), "int4")
  const attention = ["q_proj", "k_proj", "v_proj"].map((name) => `model.layers.0.self_attn.${name}.weight`)
  expect(first).toBe(`${attention.join("+")}:int4`)
  expect(others.length).toBe(7)
})

test("what is ready is taken, where all of a matrix is there in its type and shape; the rest is made", () => {
  const all = built({ dtype: "int4" })
  const whole = built({ dtype: "int4", ready: new Map(all.map((side) => [side.name, side])) })
  expect(whole.every((side, i) => side === all[i])).toBe(true)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(all.length - 1), fc.constantFrom("gone", "shape", "type")), { minLength: 1 }),
      (edits) => {
        const ready = new Map(all.map((side) => [side.name, side]))
        for (const [at, edit] of edits) {
          const side = all[at]!
          if (edit === "gone") ready.delete(side.name)
          else if (edit === "shape") ready.set(side.name, { ...side, shape: [1, ...side.shape] })
          else ready.set(side.name, { ...side, type: "int8" })
        }
        expect(built({ dtype: "int4", ready })).toEqual(all)
      }
    ),
    { numRuns: 30 }
  )
})

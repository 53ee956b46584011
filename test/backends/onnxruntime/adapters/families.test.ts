import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { mapCheckpoint } from "../../../../src/backends/onnxruntime/folder.ts"
import { fromCheckpoint } from "../../../../src/backends/onnxruntime/load_model.ts"
import { toFloat32 } from "../../../../src/onnx/float32.ts"
import { floatTensors, type Module, peftFiles, updateOf } from "../../../onnx/peft_files.ts"
import { rowDistance } from "../../../support/language_model_laws.ts"
import { decoders, goldenCases } from "../golden.ts"
import { temporaryFolder } from "../temporary.ts"
import { score, using } from "./golden.ts"

const [coefficient, scale, seed] = [0.6, 2, 5]

/** All matrices of a checkpoint but the embeddings, and whether they are stored `[inputs, outputs]`. */
const modulesOf = (folder: string): ReadonlyArray<Module> => {
  const checkpoint = mapCheckpoint(folder)
  return checkpoint.names.flatMap((tensor): ReadonlyArray<Module> => {
    const shape = checkpoint.stored(tensor)!.shape
    if (shape.length !== 2 || /embed_tokens|embed_in|wte|wpe/.test(tensor)) return []
    const [outputs, inputs] = (folder.endsWith("gpt2") ? shape.toReversed() : shape) as [number, number]
    return [{ name: tensor.replace(/\.weight$/, ""), inputs, outputs, rank: 4 }]
  })
}

/** The checkpoint with the adapter added, number by number, as a folder of its own. */
const added = (folder: string, modules: ReadonlyArray<Module>): string => {
  const checkpoint = mapCheckpoint(folder)
  const tensors = checkpoint.names.map((name) => {
    const { shape } = checkpoint.stored(name)!
    const data = Float32Array.from(toFloat32(name, checkpoint.tensor(name, shape)))
    const at = modules.findIndex((module) => `${module.name}.weight` === name)
    if (at < 0) return { name, shape, data }
    const { inputs, outputs } = modules[at]!
    const { down, up } = updateOf(modules[at]!, 100 * seed + at)
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        const sum = [0, 1, 2, 3].reduce((total, r) => total + up[4 * o + r]! * down[r * inputs + i]!, 0)
        data[folder.endsWith("gpt2") ? i * outputs + o : o * inputs + i]! += coefficient * scale * sum
      }
    }
    return { name, shape, data }
  })
  return temporaryFolder({
    "config.json": readFileSync(join(folder, "config.json"), "utf8"),
    "model.safetensors": floatTensors(tensors)
  })
}

const families = readdirSync(decoders)
const runtimes = new Set<string>()

test("there are thirteen families", () => expect(families.length).toBe(13))

for (const family of families) {
  test(`${family}: an adapter of every matrix, beside the weights and merged, is the sum that is written out`, async () => {
    const folder = join(decoders, family)
    const modules = modulesOf(folder)
    expect(modules.length).toBeGreaterThan(7)
    const adapters = { made: temporaryFolder(peftFiles(modules, seed)) }
    const contexts = (await goldenCases(folder)).map(({ context }) => context.slice(0, 12))
    const wanted = await using(fromCheckpoint(added(folder, modules)), (model) =>
      score(model, ...contexts.map((context) => ({ context })))
    )
    const variant = [["made", coefficient]] as const
    for (const options of [{}, { engine: "binding" }, { mergeAfter: 0 }] as const) {
      await using(fromCheckpoint(folder, { ...options, adapters }), async (model) => {
        runtimes.add(model.runtime!)
        // rows of fewer tokens than the run has
        const last = await score(model, { context: contexts[2]!, from: 11, variant })
        expect(rowDistance(last[0]!, wanted[2]!.slice(10))).toBeLessThan(2e-5)
        const rows = await score(model, ...contexts.map((context) => ({ context, variant })))
        const plain = await score(model, ...contexts.map((context) => ({ context })))
        for (const [i, own] of rows.entries()) {
          expect(rowDistance(own, wanted[i]!)).toBeLessThan(2e-5)
          expect(rowDistance(plain[i]!, wanted[i]!)).toBeGreaterThan(0.01)
        }
      })
    }
  })
}

test("all ways to the runtime were taken", () =>
  expect([...runtimes].sort()).toEqual([
    "onnxruntime, binding (it was asked for)",
    "onnxruntime, c-api, pasts copied",
    "onnxruntime, c-api, pasts in place"
  ]))

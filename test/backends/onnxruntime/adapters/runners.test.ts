import { expect, test } from "bun:test"
import { readAdapter } from "../../../../src/backends/onnxruntime/adapters.ts"
import { giveBack } from "../../../../src/backends/onnxruntime/c_api/give_back.ts"
import { interruption } from "../../../../src/backends/onnxruntime/c_api/interruption.ts"
import { openByLibrary } from "../../../../src/backends/onnxruntime/c_api/open.ts"
import { sharedWeights } from "../../../../src/backends/onnxruntime/c_api/shared_weights.ts"
import { checkpointRunner } from "../../../../src/backends/onnxruntime/checkpoint_runner.ts"
import { mapCheckpoint, readConfig } from "../../../../src/backends/onnxruntime/folder.ts"
import { mixOf } from "../../../../src/backends/onnxruntime/mix.ts"
import { packedRunner } from "../../../../src/backends/onnxruntime/packed_runner.ts"
import { makeScorer } from "../../../../src/backends/onnxruntime/scorer.ts"
import { settingsOf } from "../../../../src/backends/onnxruntime/settings.ts"
import { usableLibrary } from "../../../../src/backends/onnxruntime/usable_library.ts"
import { blueprintOf } from "../../../../src/onnx/adapters/blueprint.ts"
import { sidePaths } from "../../../../src/onnx/adapters/side_paths.ts"
import { decoderOf } from "../../../../src/onnx/families.ts"
import { inPlaceModel } from "../../../../src/onnx/in_place.ts"
import { packedModel } from "../../../../src/onnx/packed.ts"
import { weightsOf } from "../../../../src/onnx/weights.ts"
import { rowDistance } from "../../../support/language_model_laws.ts"
import { base, cases, folders } from "./golden.ts"

const library = usableLibrary()
if (typeof library === "string") throw new Error(library)
const checkpoint = mapCheckpoint(base)
const decoder = decoderOf(readConfig(base))
const blueprint = blueprintOf(decoder, checkpoint.has)
const adapters = Object.entries(folders).map(([name, folder]) =>
  readAdapter(name, folder, { has: checkpoint.has, blueprint })
)
const settings = settingsOf({ slots: [1, 3] })

test("pasts copied, through the C API: mixes of adapters give the rows of PEFT", async () => {
  using stop = interruption(library)
  using shared = sharedWeights(library)
  const open = openByLibrary(library, { weights: shared, interruption: stop, settings })
  const runner = await packedRunner(
    decoder,
    weightsOf(checkpoint),
    open,
    settings,
    sidePaths(adapters.length, () => adapters)
  )
  const { score } = makeScorer(runner, 1e6)
  const jobs = cases.map(({ context, variant }) => ({
    context: Int32Array.from(context),
    from: 1,
    mix: mixOf(Object.keys(folders), variant)
  }))
  const rows = await score(jobs)
  rows.forEach((own, i) => void expect(rowDistance(own, cases[i]!.rows)).toBeLessThan(2e-5))
  await runner.release()
})

test("a runner of other weights is stopped by what stops the first, and is released before it", async () => {
  const weights = weightsOf(checkpoint)
  const options = { settings, giveBack: giveBack([]) }
  await checkpointRunner(decoder, weights, options, async (runner, _, again) => {
    const other = await again(weights)
    expect(runner.interruption).toBeGreaterThan(0)
    expect(other.interruption).toBe(runner.interruption!)
    await other.release()
    const [rows] = await runner.run([{ past: runner.emptyPast(), tokens: Int32Array.of(1), rows: 1 }])
    expect(rows!.length).toBe(1)
    await runner.release()
  })
})

test("both forms of graph have one more input with adapters; all graphs of a model share their numbers", () => {
  const [weights, beside] = [weightsOf(checkpoint), sidePaths(adapters.length, () => adapters)]
  const models = [1, 2].flatMap((slots) => [
    packedModel(decoder, weights, slots, beside),
    inPlaceModel(decoder, weights, slots, beside)!
  ])
  for (const [i, plain] of [packedModel(decoder, weights, 1), inPlaceModel(decoder, weights, 1)!].entries()) {
    expect(models[i]!.inputs.filter((name) => !plain.inputs.includes(name))).toEqual(["mix"])
    expect(plain.sides.length).toBeLessThan(models[i]!.sides.length)
  }
  const [first, ...others] = models.map(({ sides }) => new Set(sides))
  // q, k and v as one, o, gate, up and down in two layers, down and up each
  expect([...first!].filter(({ name }) => name.endsWith(":down") || name.endsWith(":up")).length).toBe(20)
  for (const other of others) for (const side of other) expect(first!.has(side)).toBe(true)
})

import { describe, expect, test } from "bun:test"
import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { fromCheckpoint, type LoadOptions } from "../../../src/backends/onnxruntime/load_model.ts"
import { quantizedFile, readQuantized, writeQuantized } from "../../../src/backends/onnxruntime/quantized_file.ts"
import type { Side } from "../../../src/onnx/graph.ts"
import { readSafetensors } from "../../../src/onnx/safetensors.ts"
import { decoders, goldenCases, rowsOf, withCheckpoint } from "./golden.ts"
import { temporaryFolder } from "./temporary.ts"

const llama = join(decoders, "llama")
const context = (await goldenCases(llama))[2]!.context
const rows = (options: LoadOptions, folder = llama) =>
  withCheckpoint(folder, (model) => rowsOf(model, context, 1), { dtype: "int4", ...options })
const only = (folder: string) => {
  const names = readdirSync(folder)
  expect(names.length).toBe(1)
  return join(folder, names[0]!)
}
/** When the file was written: a file that is only read keeps its own. */
const written = (path: string) => statSync(path, { bigint: true }).ino

const sides: ReadonlyArray<Side> = [
  { name: "a", type: "uint8", shape: [3], data: Uint8Array.of(1, 2, 3) },
  { name: "b", type: "float32", shape: [2, 1], data: new Uint8Array(Float32Array.of(0.5, -1).buffer) },
  { name: "c", type: "uint8", shape: [1, 2], data: Uint8Array.of(4, 5) }
]
const shown = (ready: ReadonlyMap<string, Side>) =>
  Array.from(ready.values(), ({ data, ...side }) => ({ ...side, data: [...data] })).sort((x, y) =>
    x.name < y.name ? -1 : 1
  )

test("what is written is read, as a safetensors file with float32 first", () => {
  const path = join(temporaryFolder(), "deep", "down", "file.safetensors")
  writeQuantized(path, sides)
  expect(shown(readQuantized(path).ready)).toEqual(shown(new Map(sides.map((side) => [side.name, side]))))
  const tensors = readSafetensors("m", new Uint8Array(readFileSync(path)))
  expect([...tensors.keys()]).toEqual(["b", "a", "c"])
  expect(tensors.get("b")!.offset % 64).toBe(0)
  expect(readdirSync(join(path, "..")).length).toBe(1)
})

test("a file that is not as it was written counts for nothing, whatever was done to it", () => {
  const path = join(temporaryFolder(), "file.safetensors")
  writeQuantized(path, sides)
  const good = readFileSync(path)
  const whole = shown(readQuantized(path).ready)
  const damaged = join(temporaryFolder(), "damaged")
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
      const bytes = cut ? good.subarray(0, at) : Buffer.from(good)
      if (!cut) bytes[at]! ^= change
      writeFileSync(damaged, bytes)
      const { ready } = readQuantized(damaged)
      // a change in what no tensor depends on, such as the name of the format, does no harm
      if (ready.size > 0) expect(shown(ready)).toEqual(whole)
      if (cut || at >= good.length - 13) expect(ready.size).toBe(0)
    }),
    { numRuns: 400 }
  )
})

describe("the cache of quantized weights", () => {
  test("is written at the first load, read at the next, and gives the same rows as none", async () => {
    const cache = join(temporaryFolder(), "made", "by us")
    const plain = await rows({})
    expect(await rows({ quantizedCache: cache })).toEqual(plain)
    const path = only(cache)
    const first = written(path)
    expect(await rows({ quantizedCache: cache })).toEqual(plain)
    expect(written(only(cache))).toBe(first)
    expect(await rows({ quantizedCache: cache, engine: "binding" })).toEqual(await rows({ engine: "binding" }))
  })

  test("is really read: other numbers in the file are other rows", async () => {
    const cache = temporaryFolder()
    const plain = await rows({ quantizedCache: cache })
    const path = only(cache)
    const all = [...readQuantized(path).ready.values()]
    const name = "model.layers.1.mlp.down_proj.weight:int4:scales"
    expect(all.map((side) => side.name)).toContain(name)
    writeQuantized(
      path,
      all.map((side) => (side.name === name ? { ...side, data: new Uint8Array(side.data.byteLength) } : side))
    )
    expect(await rows({ quantizedCache: cache })).not.toEqual(plain)
  })

  test("is made anew where its file is damaged, cut, empty, or holds something else", async () => {
    const cache = temporaryFolder()
    const plain = await rows({ quantizedCache: cache })
    const path = only(cache)
    const good = readFileSync(path)
    const flipped = Buffer.from(good)
    flipped[good.length - 20]! ^= 1
    const foreign = readFileSync(join(llama, "model.safetensors"))
    const elsewhere = join(temporaryFolder(), "f")
    writeQuantized(elsewhere, sides)
    for (const bytes of [flipped, good.subarray(0, 5000), Buffer.alloc(0), foreign, readFileSync(elsewhere)]) {
      writeFileSync(path, bytes)
      expect(await rows({ quantizedCache: cache })).toEqual(plain)
      expect(readFileSync(only(cache)).equals(good)).toBe(true)
    }
  })

  test("has a file of its own for each dtype and each state of the checkpoint", async () => {
    const folder = temporaryFolder({}, llama)
    const name = (dtype: "int8" | "int4" = "int4") => quantizedFile("cache", { folder, dtype })
    const weights = join(folder, "model.safetensors")
    utimesSync(weights, 1000, 1000)
    const names = [name(), name("int8")]
    utimesSync(weights, 1000, 1001)
    names.push(name())
    const bytes = readFileSync(weights)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(weights, bytes)
    utimesSync(weights, 1000, 1000)
    names.push(name())
    truncateSync(weights, bytes.length - 1)
    names.push(name())
    expect(new Set(names).size).toBe(names.length)
    expect(name()).toBe(name())
    expect(names[0]).toMatch(/^cache\/\d+-int4-[0-9a-f]{20}\.safetensors$/)
  })

  test("is not asked for float32", async () => {
    const cache = temporaryFolder()
    await rows({ quantizedCache: cache, dtype: "fp32" })
    expect(readdirSync(cache)).toEqual([])
  })

  test("may be filled by several processes at once", async () => {
    const cache = temporaryFolder()
    const script = `
      import * as Effect from "effect/Effect"
      import { fromCheckpoint } from "${join(import.meta.dir, "../../../src/backends/onnxruntime/load_model.ts")}"
      const open = fromCheckpoint(${JSON.stringify(llama)}, { dtype: "int4", quantizedCache: ${JSON.stringify(cache)} })
      await Effect.runPromise(Effect.scoped(open))
      process.exit(0)`
    const root = join(import.meta.dir, "../../..")
    const processes = Array.from({ length: 4 }, () =>
      Bun.spawn([process.execPath, "-e", script], { cwd: root, stderr: "inherit" })
    )
    expect(await Promise.all(processes.map((one) => one.exited))).toEqual([0, 0, 0, 0])
    expect(readQuantized(only(cache)).ready.size).toBeGreaterThan(0)
    expect(await rows({ quantizedCache: cache })).toEqual(await rows({}))
  }, 60_000)

  test("that cannot be written is told, and leaves nothing behind", async () => {
    const taken = join(temporaryFolder({ file: "no folder" }), "file")
    const error = await Effect.runPromise(
      Effect.flip(Effect.scoped(fromCheckpoint(llama, { dtype: "int4", quantizedCache: taken })))
    )
    expect(error._tag).toBe("ModelLoadError")
    expect(error.message).toStartWith("Cannot write quantized weights to ")
    expect(error.message).not.toContain("\n")
    const path = join(temporaryFolder({ "f/inside": "" }), "f")
    expect(() => writeQuantized(path, sides)).toThrow("Cannot write quantized weights")
    expect(readdirSync(join(path, ".."))).toEqual(["f"])
  })
})

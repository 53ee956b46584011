import { expect, test } from "bun:test"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { exportLlama } from "../backends/onnxruntime/export_llama.ts"
import { polylogit } from "../support/cli.ts"
import { scratch } from "../support/scratch.ts"

const { folder } = scratch()

const row = async (...flags: ReadonlyArray<string>): Promise<ReadonlyArray<number>> => {
  const { code, err, out } = await polylogit(["logits", "model()", "--context", "Once upon a", "--json", ...flags])
  expect({ code, err }).toEqual({ code: 0, err: "" })
  return JSON.parse(out).logProbs
}
const distance = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0)

test("--dtype changes rows, the fewer bits the more", async () => {
  const [plain, fp32, int8, int4] = await Promise.all([
    row(),
    row("--dtype", "fp32"),
    row("--dtype", "int8"),
    row("--dtype", "int4")
  ])
  expect(fp32).toEqual(plain)
  expect(distance(plain, int8)).toBeGreaterThan(1e-3)
  expect(distance(plain, int4)).toBeGreaterThan(distance(plain, int8))
  expect(distance(plain, int4)).toBeLessThan(3)
}, 60_000)

test("--quantized-cache keeps what was made, and gives the same", async () => {
  const cache = join(folder, "cache")
  const flags = ["--dtype", "int4", "--quantized-cache", cache]
  const first = await row(...flags)
  const [name, ...more] = readdirSync(cache)
  expect(more).toEqual([])
  const { ino } = statSync(join(cache, name!))
  expect(await row(...flags)).toEqual(first)
  expect(statSync(join(cache, name!)).ino).toBe(ino)
}, 60_000)

test("generate, explain --plan and models take them", async () => {
  const all = await Promise.all([
    polylogit(["generate", "model()", "--dtype", "int4", "--max-tokens", "4"]),
    polylogit(["explain", "model()", "--plan", "--dtype", "int8"]),
    polylogit(["models", "--model", "tales", "--dtype", "int4"])
  ])
  for (const { code, err, out } of all) {
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(out.length).toBeGreaterThan(5)
  }
}, 60_000)

test("what cannot be had is told in a line", async () => {
  const other = await polylogit(["logits", "model()", "--dtype", "q4"])
  expect(other.code).not.toBe(0)
  expect(other.err).toContain("dtype")
  const graph = exportLlama({ past: true, positions: true, keep: false })
  const refused = await polylogit(["models", "--model", graph, "--dtype", "int8"])
  expect(refused.code).not.toBe(0)
  expect(refused.err).toContain("as int8: it is an exported graph, which is run as it is, and its matrices are fp32")
  expect(refused.err.trim()).not.toContain("\n")
}, 60_000)

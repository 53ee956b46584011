import { describe, expect, test } from "bun:test"
import { polylogit } from "../support/cli.ts"

describe("models --measure", () => {
  test("tells what a model runs on and what it costs here", async () => {
    const { code, out } = await polylogit(["models", "--measure"])
    expect(code).toBe(0)
    expect(out).toMatch(/^runtime {8}onnxruntime, (c-api|binding)/m)
    for (const line of [
      /^memory +[\d.]+ .B resident, [\d.]+ .B before it was loaded$/m,
      /^load +\d+ ms to the first row$/m,
      /^prefill +256 tokens in [\d.]+ ms: \d+ tokens\/s$/m,
      /^decode +[\d.]+ ms a token: \d+ tokens\/s$/m
    ]) {
      expect(out).toMatch(line)
    }
    expect(out).not.toContain("against fp32")
  }, 30_000)

  test("and what its numbers lose in 8 or 4 bits", async () => {
    const loss = async (dtype: string) => {
      const { out } = await polylogit(["models", "--model", "tales", "--dtype", dtype, "--measure", "--json"])
      return JSON.parse(out).measured.quantization.klDivergence as number
    }
    const [eight, four] = [await loss("int8"), await loss("int4")]
    expect(eight).toBeGreaterThan(0)
    expect(eight).toBeLessThan(0.005)
    expect(four).toBeGreaterThan(eight)
    expect(four).toBeLessThan(0.1)
  }, 30_000)

  test("a model without a runtime is measured too", async () => {
    const { out } = await polylogit(["models", "--model", "tales-ngram", "--measure"])
    expect(out).toContain("runtime        none\nwindow         unbounded tokens\n")
    expect(out).toContain("decode")
  }, 30_000)
})

describe("the way to the runtime", () => {
  test("is chosen by a flag and named", async () => {
    const runtimes = await Promise.all(
      ["c-api", "binding"].map(async (engine) => {
        const { out } = await polylogit(["models", "--model", "tales", "--engine", engine, "--threads", "1", "--json"])
        return JSON.parse(out).runtime as string
      })
    )
    expect(runtimes).toEqual(["onnxruntime, c-api, pasts in place", "onnxruntime, binding (it was asked for)"])
  }, 30_000)

  test("no threads are refused", async () => {
    const { code, err } = await polylogit(["models", "--model", "tales", "--threads", "0"])
    expect(code).toBe(2)
    expect(err).toContain("Expected a number of threads above 0, got 0")
  }, 30_000)
})

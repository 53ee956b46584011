import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { measureQuantization } from "../../../src/backends/measure_quantization.ts"
import { fromCheckpoint, fromExported } from "../../../src/backends/onnxruntime/load_model.ts"
import type { Matrix } from "../../../src/onnx/matrix.ts"
import { blockSizeOf } from "../../../src/onnx/quantize.ts"
import { quantizeMatrix } from "../../../src/onnx/quantize_matrix.ts"
import { dequantize } from "../../onnx/dequantize.ts"
import { rowDistance } from "../../support/language_model_laws.ts"
import { exportLlama } from "./export_llama.ts"
import { decoders, goldenCases, rowsOf, tales, talesCases, withCheckpoint } from "./golden.ts"
import { checkpointOf, multiplier, noise } from "./multiplied.ts"

const llama = join(decoders, "llama")
const quantized = ["int8", "int4"] as const
const bitsOf = { int8: 8, int4: 4 } as const

/** A row as the runtime sees it: blocks of whole numbers, 127 the largest, times a scale. */
const rounded = (row: Float32Array, bits: 4 | 8): Float64Array => {
  const near = new Float64Array(row.length)
  const blockSize = blockSizeOf(row.length, bits)
  for (let from = 0; from < row.length; from += blockSize) {
    const block = row.subarray(from, from + blockSize)
    const scale = Math.fround(block.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127)
    block.forEach((x, i) => {
      near[from + i] = scale === 0 ? 0 : Math.round(x / scale) * scale
    })
  }
  return near
}
const shapes = [
  [64, 48],
  [48, 96],
  [20, 7],
  [10, 31],
  [33, 5],
  [256, 130]
] as const

describe("MatMulNBits multiplies by what the values stand for", () => {
  for (const dtype of quantized) {
    for (const [inputs, outputs] of shapes) {
      test(`${dtype}, [${outputs}, ${inputs}], with a bias`, async () => {
        const [data, bias] = [noise(inputs * outputs, inputs), noise(outputs, 3)]
        const checkpoint = checkpointOf({
          w: { shape: [outputs, inputs], data },
          b: { shape: [outputs], data: bias }
        })
        const matrix: Matrix = { parts: [{ name: "w", outputs }], inputs, biases: ["b"] }
        const near = dequantize(quantizeMatrix(matrix, checkpoint.tensor, bitsOf[dtype]), inputs)
        const rows = Array.from({ length: 5 }, (_, i) => noise(inputs, 100 + i))
        const { release, run } = await multiplier(checkpoint, matrix, dtype)
        const results = await run(rows)
        await release()
        rows.forEach((row, i) => {
          const x = rounded(row, bitsOf[dtype])
          for (let output = 0; output < outputs; output++) {
            let [sum, size] = [bias[output]!, 1]
            for (let k = 0; k < inputs; k++) {
              sum += x[k]! * near[output * inputs + k]!
              size += Math.abs(x[k]! * near[output * inputs + k]!)
            }
            expect(Math.abs(results[i]![output]! - sum)).toBeLessThan(size * 1e-5)
          }
        })
      })
    }
  }

  test("numbers that are all as large as can be do not overflow", async () => {
    const [inputs, outputs] = [512, 4]
    for (const dtype of quantized) {
      for (const sign of [1, -1]) {
        const data = new Float32Array(inputs * outputs).fill(sign)
        const checkpoint = checkpointOf({ w: { shape: [outputs, inputs], data } })
        const { release, run } = await multiplier(checkpoint, { parts: [{ name: "w", outputs }], inputs }, dtype)
        for (const [row] of [await run([new Float32Array(inputs).fill(-1)])]) {
          for (const y of row!) expect(y).toBeCloseTo(-sign * inputs, 3)
        }
        await release()
      }
    }
  })
})

describe("a row is the same alone and in any batch, bit for bit", () => {
  for (const dtype of quantized) {
    test(`of one ${dtype} matrix`, async () => {
      for (const [inputs, outputs] of shapes) {
        const checkpoint = checkpointOf({ w: { shape: [outputs, inputs], data: noise(inputs * outputs, 1) } })
        const { release, run } = await multiplier(checkpoint, { parts: [{ name: "w", outputs }], inputs }, dtype)
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.tuple(fc.nat(1000), fc.constantFrom(1e-3, 1, 1e4)), { minLength: 1, maxLength: 40 }),
            async (seeds) => {
              const rows = seeds.map(([seed, size]) => noise(inputs, seed).map((x) => x * size))
              const together = await run(rows)
              for (const [i, row] of rows.entries()) expect((await run([row]))[0]).toEqual(together[i]!)
            }
          ),
          { numRuns: 8 }
        )
        await release()
      }
    })

    for (const engine of ["auto", "binding"] as const) {
      const name = `of a whole model in ${dtype}, engine ${engine}`
      const holds = () =>
        withCheckpoint(
          tales,
          async (model) => {
            const context = fc.array(fc.nat(4095), { minLength: 1, maxLength: 20 })
            await fc.assert(
              fc.asyncProperty(fc.array(context, { minLength: 2, maxLength: 6 }), async (contexts) => {
                const requests = contexts.map((tokens) => ({ context: tokens, from: 1 }))
                const together = await Effect.runPromise(model.score(requests))
                for (const [i, request] of requests.entries()) {
                  expect((await Effect.runPromise(model.score([request])))[0]).toEqual(together[i]!)
                }
              }),
              { numRuns: 5 }
            )
          },
          // no run is cut: a context that is scored in two parts instead of one differs by the rounding of attention
          { dtype, engine, cacheBytes: 0, runLength: 2048 }
        )
      test(name, holds, 60_000)
    }
  }
})

describe("quantized models stay near those of Hugging Face", () => {
  const bounds = { int8: { llama: 0.15, llama3: 0.15, tales: 0.4 }, int4: { llama: 1.2, llama3: 1.6, tales: 2 } }
  for (const dtype of quantized) {
    for (const family of ["llama", "llama3"] as const) {
      test(`${family} in ${dtype}`, async () => {
        const folder = join(decoders, family)
        await withCheckpoint(
          folder,
          async (model) => {
            for (const { context, rows } of await goldenCases(folder)) {
              const distance = rowDistance(await rowsOf(model, context, 1), rows)
              expect(distance).toBeLessThan(bounds[dtype][family])
              expect(distance).toBeGreaterThan(1e-3)
            }
          },
          { dtype }
        )
      })
    }
    test(`tales in ${dtype}`, () =>
      withCheckpoint(
        tales,
        async (model) => {
          for (const { context, rows } of await talesCases()) {
            expect(rowDistance(await rowsOf(model, context, context.length), rows)).toBeLessThan(bounds[dtype].tales)
          }
        },
        { dtype }
      ))
  }

  test("in KL, on texts that tales knows: int8 below 0.001 nats a token, int4 below 0.05", async () => {
    const contexts = (await talesCases()).map(({ context }) => context)
    const limits = { fp32: 1e-9, int8: 1e-3, int4: 0.05 }
    const measured: Array<number> = []
    for (const dtype of ["fp32", ...quantized] as const) {
      const loss = await withCheckpoint(tales, (reference) =>
        withCheckpoint(tales, (model) => Effect.runPromise(measureQuantization(reference, model, contexts)), { dtype })
      )
      expect(loss.klDivergence).toBeLessThan(limits[dtype])
      measured.push(loss.klDivergence)
    }
    expect(measured[1]!).toBeGreaterThan(1e-6)
    expect(measured[2]!).toBeGreaterThan(measured[1]!)
  })
})

test("two dtypes of a folder are two models; float32 is the one without a name", async () => {
  const weights = (dtype?: "fp32" | "int8" | "int4") =>
    withCheckpoint(llama, async (model) => model.weights, dtype === undefined ? {} : { dtype })
  const [plain, ...all] = [await weights(), await weights("fp32"), await weights("int8"), await weights("int4")]
  expect(all).toEqual([plain, `${plain}:int8`, `${plain}:int4`])
})

describe("what cannot be had is refused", () => {
  const graph = exportLlama({ past: true, positions: true, keep: false })
  const refusal = async (open: typeof fromCheckpoint, path: string, dtype: "fp32" | "int8" | "int4") => {
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(open(path, { dtype }))))
    expect(error._tag).toBe("ModelLoadError")
    return error.message
  }

  test("an exported graph in float32 as anything else", async () => {
    for (const dtype of quantized) {
      expect(await refusal(fromExported, graph, dtype)).toContain(`model.onnx as ${dtype}: it is an exported graph`)
    }
    await Effect.runPromise(Effect.scoped(fromExported(graph, { dtype: "fp32" })))
  })

  test("an exported graph in 4 or 8 bits as anything else", async () => {
    for (const held of quantized) {
      const own = exportLlama({ past: true, positions: true, keep: false, dtype: held })
      await Effect.runPromise(Effect.scoped(fromExported(own, { dtype: held })))
      await Effect.runPromise(Effect.scoped(fromExported(own)))
      for (const dtype of ["fp32", ...quantized.filter((one) => one !== held)] as const) {
        expect(await refusal(fromExported, own, dtype)).toEndWith(`its matrices are ${held}`)
      }
    }
  })

  test("a dtype that there is not", async () => {
    expect(await refusal(fromCheckpoint, llama, "q4" as "int4")).toContain("one of fp32, int8, int4: q4 is asked for")
  })
})

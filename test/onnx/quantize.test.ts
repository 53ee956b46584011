import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { emptyQuantized, type Quantized, quantizeBlock } from "../../src/onnx/quantize.ts"
import { dequantize } from "./dequantize.ts"

/** One row of one block, padded with zeros. */
const blockSize = 32

const quantize = (bits: 4 | 8, numbers: ReadonlyArray<number>): Quantized => {
  const into = emptyQuantized(bits, 1, blockSize)
  const block = new Float32Array(blockSize)
  block.set(numbers)
  expect(quantizeBlock(into, 0, 0, block)).toBe(true)
  return into
}
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes!).toString("hex")

describe("by eye", () => {
  test("8 bits: 128 is zero, the largest number is 127 scales away", () => {
    const { scales, values, zeros } = quantize(8, [12.7, -12.7, 0.1, -0.1, 1, 0.06, -0.04])
    expect(scales[0]).toBeCloseTo(0.1, 7)
    expect([...values.subarray(0, 8)]).toEqual([255, 1, 129, 127, 138, 129, 128, 128])
    expect(zeros).toBeUndefined()
  })

  test("4 bits: 16 levels from the smallest number to the largest, the first of two in the low half", () => {
    const numbers = Array.from({ length: 16 }, (_, i) => (i - 5) / 2)
    const { scales, values, zeros } = quantize(4, [...numbers, ...numbers])
    expect(scales[0]).toBe(0.5)
    expect(hex(zeros)).toBe("05")
    expect(hex(values)).toBe("1032547698badcfe1032547698badcfe")
  })

  test("4 bits: only positive or only negative numbers have their zero at an end", () => {
    const numbers = Array.from({ length: 32 }, (_, i) => i % 16)
    expect(hex(quantize(4, numbers).zeros)).toBe("00")
    expect(
      hex(
        quantize(
          4,
          numbers.map((x) => -x)
        ).zeros
      )
    ).toBe("0f")
  })

  test("zeros stay zeros", () => {
    for (const bits of [4, 8] as const) {
      const quantized = quantize(bits, [0])
      expect(quantized.scales[0]).toBe(0)
      expect(new Set(dequantize(quantized, blockSize))).toEqual(new Set([0]))
    }
  })

  test("the zeros of two blocks share a byte", () => {
    const into = emptyQuantized(4, 2, 3 * blockSize)
    const numbers = Float32Array.from({ length: blockSize }, (_, i) => i % 16)
    for (const output of [0, 1]) {
      for (const block of [0, 1, 2]) {
        quantizeBlock(into, output, block, block === output ? numbers.map((x) => -x) : numbers)
      }
    }
    expect(hex(into.zeros)).toBe("0f00f000")
  })
})

const magnitude = fc.constantFrom(1e-30, 1e-4, 0.02, 1, 1e30)
const numbers = fc
  .tuple(
    fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: blockSize, maxLength: blockSize }),
    magnitude,
    fc.constantFrom(-1, 0, 2)
  )
  .map(([all, size, shift]) => all.map((x) => Math.fround((x + shift) * size)))
const error = (numbers: ReadonlyArray<number>, near: ArrayLike<number>) =>
  numbers.reduce((sum, x, i) => sum + ((x - near[i]!) / 1e-15) ** 2, 0)

test("8 bits: no number moves by more than half a scale", () => {
  fc.assert(
    fc.property(numbers, (all) => {
      const quantized = quantize(8, all)
      const scale = quantized.scales[0]!
      expect(scale).toBe(Math.fround(Math.max(...all.map(Math.abs)) / 127))
      dequantize(quantized, blockSize).forEach((x, i) => {
        expect(Math.abs(x - all[i]!)).toBeLessThanOrEqual(scale * 0.5001)
      })
    })
  )
})

test("4 bits: the squared error is no larger than that of 16 even levels over the range, and mostly smaller", () => {
  let smaller = 0
  let runs = 0
  fc.assert(
    fc.property(numbers, (all) => {
      const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)]
      fc.pre(high > low)
      const scale = Math.fround((high - low) / 15)
      const zero = Math.round(-low / scale)
      const even = all.map((x) => (Math.min(15, Math.max(0, Math.round(x / scale) + zero)) - zero) * scale)
      const [ours, plain] = [error(all, dequantize(quantize(4, all), blockSize)), error(all, even)]
      const rounding = 1e-9 * error(all, new Float32Array(blockSize))
      expect(ours).toBeLessThanOrEqual(plain + rounding)
      runs++
      if (ours < plain * 0.99) smaller++
    })
  )
  expect(smaller).toBeGreaterThan(runs / 2)
})

test("4 bits: three widths and a fitted scale take a tenth off the squared error", () => {
  let state = 1
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  let [ours, plain] = [0, 0]
  for (let n = 0; n < 2000; n++) {
    const all = Array.from({ length: blockSize }, () => Math.fround(next() + next() + next() + next()))
    const [low, high] = [Math.min(...all), Math.max(...all)]
    const scale = (high - low) / 15
    const zero = Math.round(-low / scale)
    const even = all.map((x) => (Math.min(15, Math.max(0, Math.round(x / scale) + zero)) - zero) * scale)
    ours += error(all, dequantize(quantize(4, all), blockSize))
    plain += error(all, even)
  }
  expect(ours / plain).toBeLessThan(0.91)
})

test("a number that is not finite is told, wherever it stands", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4 as const, 8 as const),
      fc.nat(blockSize - 1),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      (bits, at, bad) => {
        const block = Float32Array.from({ length: blockSize }, (_, i) => (i === at ? bad : i))
        expect(quantizeBlock(emptyQuantized(bits, 1, blockSize), 0, 0, block)).toBe(false)
      }
    )
  )
})

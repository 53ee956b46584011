import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { CheckpointError } from "../../src/onnx/checkpoint_error.ts"
import { readFloat32, toFloat32 } from "../../src/onnx/float32.ts"
import { arrange, type Matrix, nameOf } from "../../src/onnx/matrix.ts"
import { quantizeMatrix } from "../../src/onnx/quantize_matrix.ts"

type Stored = Parameters<typeof quantizeMatrix>[1]

const made = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed) * 1.7)

/** Bytes at an odd place of a buffer, as they may lie in a file. */
const misplaced = (bytes: Uint8Array): Uint8Array => {
  const room = new Uint8Array(bytes.byteLength + 1)
  room.set(bytes, 1)
  return room.subarray(1)
}
const encode: Readonly<Record<string, (numbers: Float32Array) => Uint8Array>> = {
  F32: (numbers) => new Uint8Array(numbers.buffer),
  F16: (numbers) => new Uint8Array(Float16Array.from(numbers).buffer),
  BF16: (numbers) => new Uint8Array(Uint16Array.from(new Uint32Array(numbers.buffer), (bits) => bits >> 16).buffer)
}
const store =
  (type: string, odd: boolean): Stored =>
  (name, shape) => {
    const bytes = encode[type]!(
      made(
        shape.reduce((a, b) => a * b, 1),
        name.length
      )
    )
    const placed = odd ? misplaced(bytes) : bytes
    return { file: "", type, shape, offset: 0, byteLength: bytes.byteLength, bytes: placed }
  }

const matrices = fc
  .record({
    inputs: fc.integer({ min: 1, max: 100 }),
    outputs: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
    transposed: fc.boolean(),
    ordered: fc.boolean()
  })
  .chain(({ inputs, ordered, outputs, transposed }) => {
    const total = outputs.reduce((a, b) => a + b, 0)
    const places = Array.from({ length: total }, (_, i) => i)
    return fc.shuffledSubarray(places, { minLength: total }).map(
      (order): Matrix => ({
        parts: outputs.map((count, i) => ({ name: "w".repeat(i + 1), outputs: count })),
        inputs,
        transposed,
        order: ordered ? order : undefined
      })
    )
  })

test("a matrix of any parts, order and type is quantized as its float32 copy would be", () => {
  fc.assert(
    fc.property(
      matrices,
      fc.constantFrom("F32", "F16", "BF16"),
      fc.boolean(),
      fc.constantFrom(4 as const, 8 as const),
      (matrix, type, odd, bits) => {
        const stored = store(type, odd)
        const copy = arrange(matrix, (name, shape) => toFloat32(name, stored(name, shape)))
        const outputs = copy.length / matrix.inputs
        const bytes = new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength)
        const whole = quantizeMatrix(
          { parts: [{ name: "copy", outputs }], inputs: matrix.inputs },
          (_, shape) => ({ file: "", type: "F32", shape, offset: 0, byteLength: bytes.byteLength, bytes }),
          bits
        )
        expect(quantizeMatrix(matrix, stored, bits)).toEqual(whole)
      }
    )
  )
})

test("other orders and layouts have other names", () => {
  const plain: Matrix = { parts: [{ name: "w", outputs: 3 }], inputs: 4 }
  const names = [plain, { ...plain, transposed: true }, { ...plain, order: [0, 2, 1] }, { ...plain, order: [1, 0, 2] }]
  expect(new Set(names.map(nameOf)).size).toBe(4)
  expect(nameOf({ ...plain, order: [1, 0, 2] })).toBe(nameOf({ ...plain, order: [1, 0, 2] }))
})

describe("numbers that are not finite are refused by the name of their tensor", () => {
  for (const transposed of [false, true]) {
    test(transposed ? "stored by inputs" : "stored by outputs", () => {
      const stored: Stored = (name, shape) => {
        const numbers = made(12, 1)
        if (name === "b") numbers[11] = Number.NaN
        return { file: "", type: "F32", shape, offset: 0, byteLength: 48, bytes: new Uint8Array(numbers.buffer) }
      }
      const matrix = (...names: ReadonlyArray<string>) => ({
        parts: names.map((name) => ({ name, outputs: 3 })),
        inputs: 4,
        transposed
      })
      expect(quantizeMatrix(matrix("a", "a"), stored, 4).outputs).toBe(6)
      expect(() => quantizeMatrix(matrix("a", "b"), stored, 4)).toThrow(CheckpointError)
      expect(() => quantizeMatrix(matrix("a", "b"), stored, 8)).toThrow("Cannot quantize b as finite numbers")
    })
  }
})

test("every float16 and every bfloat16 is widened as it is, from any place on", () => {
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i)
  const bytes = misplaced(new Uint8Array(bits.buffer))
  const tensor = { file: "", type: "", shape: [2 ** 16], offset: 0, byteLength: 2 ** 17, bytes }
  const words = Uint32Array.from(bits, (half) => half << 16)
  for (const [type, wanted] of [
    ["float16", Float32Array.from(new Float16Array(bits.buffer))],
    ["bfloat16", new Float32Array(words.buffer)]
  ] as const) {
    for (const [from, count] of [
      [0, 2 ** 16],
      [12_345, 678],
      [2 ** 16 - 1, 1]
    ] as const) {
      const into = new Float32Array(count)
      readFloat32(type, tensor, from, into)
      expect(into.every((x, i) => Object.is(x, wanted[from + i]))).toBe(true)
    }
  }
})

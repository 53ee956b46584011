import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { fromFiles, parseIndex } from "../../src/onnx/checkpoint.ts"
import { CheckpointError } from "../../src/onnx/checkpoint_error.ts"
import { readSafetensors } from "../../src/onnx/safetensors.ts"
import { safetensors } from "./safetensors_file.ts"

const message = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof CheckpointError) return error.message
    throw error
  }
  return "no error"
}
const read = (header: unknown, bytes = 8) => message(() => readSafetensors("m", safetensors(header, bytes)))
const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets })

test("tensors are found with their type, shape and place", () => {
  const header = { __metadata__: { format: "pt" }, b: entry("F16", [2], [4, 8]), a: entry("F32", [1, 1], [0, 4]) }
  const file = safetensors(header, 8)
  const tensors = readSafetensors("m", file)
  const begin = file.byteLength - 8
  expect([...tensors.keys()]).toEqual(["b", "a"])
  expect(tensors.get("a")).toEqual({ file: "m", type: "F32", shape: [1, 1], offset: begin, byteLength: 4 })
  expect(tensors.get("b")).toEqual({ file: "m", type: "F16", shape: [2], offset: begin + 4, byteLength: 4 })
})

test("empty tensors and scalars are tensors", () => {
  const header = { a: entry("F32", [0, 9], [0, 0]), b: entry("F32", [], [0, 4]), c: entry("U8", [4], [4, 8]) }
  expect(readSafetensors("m", safetensors(header, 8)).size).toBe(3)
})

describe("a hostile header is refused", () => {
  const file = (length: bigint, rest: string) => {
    const bytes = new Uint8Array(8 + rest.length)
    new DataView(bytes.buffer).setBigUint64(0, length, true)
    bytes.set(new TextEncoder().encode(rest), 8)
    return message(() => readSafetensors("m", bytes))
  }
  const two = (a: unknown, b: unknown) => read({ a, b })
  const cases: ReadonlyArray<readonly [string, () => string, string]> = [
    ["an empty file", () => message(() => readSafetensors("m", new Uint8Array(0))), "holds 0 bytes"],
    ["seven bytes", () => message(() => readSafetensors("m", new Uint8Array(7))), "holds 7 bytes"],
    ["a header of 2^60 bytes", () => file(2n ** 60n, "{}"), "claims 1152921504606846976 bytes and 2 are there"],
    ["a header of 2^64 - 1 bytes", () => file(2n ** 64n - 1n, "{}"), "claims 18446744073709551615 bytes"],
    ["a header one byte beyond the file", () => file(3n, "{}"), "claims 3 bytes and 2 are there"],
    ["text that is not JSON", () => file(2n, "{]"), "not JSON"],
    [
      "bytes that are not UTF-8",
      () => message(() => readSafetensors("m", Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 255))),
      "not JSON"
    ],
    ["deep nesting", () => file(200_000n, "[".repeat(200_000)), "not JSON"],
    ["a list", () => file(2n, "[]"), "no object"],
    ["a tensor that is no object", () => read({ a: 1 }), "unknown element type"],
    ["null for a tensor", () => read({ a: null }), "unknown element type"],
    ["an unknown type", () => read({ a: entry("F9", [2], [0, 8]) }), 'unknown element type "F9"'],
    ["the name of a method as type", () => read({ a: entry("toString", [2], [0, 8]) }), "unknown element type"],
    ["offsets outside the file", () => read({ a: entry("F32", [3], [0, 12]) }), "0 to 12 of 8 bytes"],
    ["offsets in reverse", () => read({ a: entry("F32", [2], [8, 0]) }), "8 to 0 of 8 bytes"],
    ["negative offsets", () => read({ a: entry("F32", [2], [-8, 0]) }), "the offsets [-8,0]"],
    ["fractional offsets", () => read({ a: entry("F32", [2], [0, 7.5]) }), "the offsets [0,7.5]"],
    ["three offsets", () => read({ a: entry("F32", [2], [0, 4, 8]) }), "the offsets [0,4,8]"],
    ["a shape for other bytes", () => read({ a: entry("F32", [3], [0, 8]) }), "8 bytes for the shape [3] of F32"],
    ["negative dimensions", () => read({ a: entry("F32", [-1, -2], [0, 8]) }), "the shape [-1,-2]"],
    ["fractional dimensions", () => read({ a: entry("F32", [0.5, 4], [0, 8]) }), "the shape [0.5,4]"],
    ["dimensions that overflow", () => read({ a: entry("F32", [2 ** 32, 2 ** 32], [0, 8]) }), "8 bytes for the shape"],
    ["a shape that is no list", () => read({ a: entry("F32", "2", [0, 8]) }), 'the shape "2"'],
    ["overlapping tensors", () => two(entry("F32", [2], [0, 8]), entry("F32", [1], [4, 8])), "overlap"],
    [
      "a hole between tensors",
      () => two(entry("U8", [2], [0, 2]), entry("U8", [4], [4, 8])),
      "a hole of 2 bytes before b"
    ],
    ["a hole at the beginning", () => read({ a: entry("F32", [1], [4, 8]) }), "a hole of 4 bytes before a"],
    ["bytes at the end", () => read({ a: entry("F32", [1], [0, 4]) }), "4 bytes at its end"]
  ]
  for (const [name, came, expected] of cases) {
    test(name, () => {
      expect(came()).toStartWith("Cannot read m as safetensors: ")
      expect(came()).toContain(expected)
      expect(came()).not.toContain("\n")
    })
  }

  test("a tensor named twice", () => {
    const one = `"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}`
    const other = `"\\u0061":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}`
    const header = `{"x{\\"y\\":":{"dtype":"U8","shape":[4],"data_offsets":[4,8]},${one}`
    expect(message(() => readSafetensors("m", safetensors(`${header}}`, 8)))).toBe("no error")
    for (const again of [one, other]) {
      expect(message(() => readSafetensors("m", safetensors(`${header},${again}}`, 8)))).toContain(
        "names a tensor twice"
      )
    }
  })

  test("any damage to a file gives an error or the same tensors' places within it", () => {
    const good = safetensors({ a: entry("F32", [1], [0, 4]), b: entry("F16", [2], [4, 8]) }, 8)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 3 }),
        fc.nat(good.length),
        (edits, cut) => {
          const damaged = good.slice(0, cut)
          for (const [at, byte] of edits) if (at < cut) damaged[at] = byte
          let tensors: ReturnType<typeof readSafetensors> = new Map()
          message(() => {
            tensors = readSafetensors("m", damaged)
          })
          for (const { byteLength, offset } of tensors.values()) {
            expect(offset >= 8 && offset + byteLength <= damaged.byteLength).toBe(true)
          }
        }
      ),
      { numRuns: 500 }
    )
  })
})

describe("a checkpoint of several files", () => {
  const part = (name: string) => safetensors({ [name]: entry("F32", [2], [0, 8]) }, 8)

  test("holds the tensors of all", () => {
    const both = fromFiles(
      new Map([
        ["1", part("a")],
        ["2", part("b")]
      ]),
      new Map([
        ["a", "1"],
        ["b", "2"]
      ])
    )
    expect([both.tensor("a", [2]).file, both.tensor("b", [2]).file]).toEqual(["1", "2"])
    expect([both.has("b"), both.has("c")]).toEqual([true, false])
  })

  test("is refused where two files hold a tensor, or one lacks what the index says", () => {
    expect(
      message(() =>
        fromFiles(
          new Map([
            ["1", part("a")],
            ["2", part("a")]
          ])
        )
      )
    ).toContain("both hold a")
    expect(message(() => fromFiles(new Map([["1", part("a")]]), new Map([["b", "1"]])))).toContain("Cannot find b in 1")
  })

  test("names the tensor that is missing or has another shape", () => {
    const one = fromFiles(new Map([["1", part("a")]]))
    expect(message(() => one.tensor("b", [2]))).toContain("Cannot find b in the checkpoint")
    for (const shape of [[3], [2, 1], []]) expect(message(() => one.tensor("a", shape))).toContain("it has [2]")
  })

  test("an index that leads out of the folder, or nowhere, is refused", () => {
    const index = (map: unknown) => message(() => parseIndex("i", JSON.stringify({ weight_map: map })))
    expect(parseIndex("i", `{"weight_map":{"a":"x-1.safetensors"}}`)).toEqual(new Map([["a", "x-1.safetensors"]]))
    for (const path of ["../x.safetensors", "/x.safetensors", "a/b.safetensors", "..\\x.safetensors", "x", 1, ""]) {
      expect(index({ a: path })).toContain("not a safetensors file of the same folder")
    }
    expect(index({})).toContain("empty")
    expect(index(undefined)).toContain("no weight_map")
    expect(index([])).toContain("no weight_map")
    expect(message(() => parseIndex("i", "null"))).toContain("no weight_map")
    expect(message(() => parseIndex("i", "{"))).toContain("not JSON")
  })
})

import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import { version } from "../../../../node_modules/onnxruntime-node/package.json"
import { openLibrary, shippedLibrary, testedVersion } from "../../../../src/backends/onnxruntime/c_api/library.ts"
import { tensorValue } from "../../../../src/backends/onnxruntime/c_api/tensor_value.ts"
import { temporaryFolder } from "../temporary.ts"

const path = shippedLibrary()!

test("the package that is installed is the version that the tests have seen", () => {
  expect(version).toBe(testedVersion)
  expect(openLibrary(path).version).toBe(testedVersion)
})

test("elsewhere than on Linux the binding serves", () => {
  expect(shippedLibrary("win32")).toBeUndefined()
  expect(shippedLibrary("darwin")).toBeUndefined()
})

describe("a library that cannot be used says why", () => {
  test("of another version", () =>
    expect(() => openLibrary(path, "1.99.0")).toThrow(`it is version ${testedVersion}, not 1.99.0`))
  test("that is not there", () => expect(() => openLibrary("/nowhere/libonnxruntime.so.1")).toThrow("/nowhere"))
  test("that is no library", () => {
    const folder = temporaryFolder({ "libonnxruntime.so.1": "text" })
    expect(() => openLibrary(join(folder, "libonnxruntime.so.1"))).toThrow()
  })
})

describe("what the runtime refuses is thrown in its words", () => {
  const library = openLibrary(path)
  test("a tensor over too little memory", () => {
    const data = new Float32Array(new ArrayBuffer(8))
    expect(() => tensorValue(library, { type: "float32", shape: [3], data })).toThrow("not enough space")
  })
  test("and nothing is left of what a failing call made", () => {
    const data = new Float32Array(new ArrayBuffer(12))
    const tensor = tensorValue(library, { type: "float32", shape: [3], data })
    tensor[Symbol.dispose]()
    tensor[Symbol.dispose]()
    expect(() => tensor.pointer).toThrow("it was released")
  })
})

import { expect, test } from "bun:test"
import { truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { settingsOf } from "../../../src/backends/onnxruntime/settings.ts"
import { threadOf } from "../../../src/backends/onnxruntime/thread.ts"
import { safetensors } from "../../onnx/safetensors_file.ts"
import { exportLlama } from "./export_llama.ts"
import { decoders, tales } from "./golden.ts"
import { temporaryFolder } from "./temporary.ts"

const checkpoint = (folder: string) => ({ kind: "checkpoint", folder }) as const
const exported = (path: string) => ({ kind: "exported", path, contextLength: 99 }) as const
const form = { past: true, positions: true, keep: false }

/** A file that is 40 MB long and takes no room. */
const large = (name: string, begin = "") => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, name), begin)
  truncateSync(join(folder, name), 40e6)
  return folder
}

/** A checkpoint of so many float16 numbers that takes no room. */
const checkpointWith = (numbers: number) => {
  const header = safetensors({ w: { dtype: "F16", shape: [numbers], data_offsets: [0, 2 * numbers] } }, 0)
  const folder = temporaryFolder({ "model.safetensors": header })
  truncateSync(join(folder, "model.safetensors"), header.byteLength + 2 * numbers)
  return folder
}

test("small models run on the thread that asks, large ones in a worker", () => {
  expect(threadOf(checkpoint(tales), settingsOf({}))).toBe("main")
  expect(threadOf(checkpoint(join(decoders, "llama")), settingsOf({}))).toBe("main")
  expect(threadOf(checkpoint(checkpointWith(8e6)), settingsOf({}))).toBe("main")
  expect(threadOf(checkpoint(checkpointWith(9e6)), settingsOf({}))).toBe("worker")
  expect(threadOf(exported(exportLlama(form)), settingsOf({}))).toBe("main")
  expect(threadOf(exported(large("model.onnx", "past_key_values.0.key")), settingsOf({}))).toBe("worker")
})

test("quantized models are small for longer", () => {
  const thread = (numbers: number, dtype: "fp32" | "int8" | "int4") =>
    threadOf(checkpoint(checkpointWith(numbers)), settingsOf({ dtype }))
  const of = (numbers: number) => (["fp32", "int8", "int4"] as const).map((dtype) => thread(numbers, dtype))
  expect(of(8e6)).toEqual(["main", "main", "main"])
  expect(of(16e6)).toEqual(["worker", "main", "main"])
  expect(of(26e6)).toEqual(["worker", "worker", "main"])
  expect(of(27e6)).toEqual(["worker", "worker", "worker"])
})

test("a graph without a past cannot be run in parts: a worker", () => {
  expect(threadOf(exported(exportLlama({ ...form, past: false })), settingsOf({}))).toBe("worker")
})

test("what the user says counts, and what is not there is left to the worker to refuse", () => {
  expect(threadOf(checkpoint(tales), settingsOf({ thread: "worker" }))).toBe("worker")
  expect(threadOf(checkpoint(checkpointWith(9e6)), settingsOf({ thread: "main" }))).toBe("main")
  expect(threadOf(checkpoint("/nowhere"), settingsOf({}))).toBe("worker")
})

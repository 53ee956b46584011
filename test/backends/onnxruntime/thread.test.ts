import { expect, test } from "bun:test"
import { truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { settingsOf } from "../../../src/backends/onnxruntime/settings.ts"
import { threadOf } from "../../../src/backends/onnxruntime/thread.ts"
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

test("small models run on the thread that asks, large ones in a worker", () => {
  expect(threadOf(checkpoint(tales), settingsOf({}))).toBe("main")
  expect(threadOf(checkpoint(join(decoders, "llama")), settingsOf({}))).toBe("main")
  expect(threadOf(checkpoint(large("model.safetensors")), settingsOf({}))).toBe("worker")
  expect(threadOf(exported(exportLlama(form)), settingsOf({}))).toBe("main")
  expect(threadOf(exported(large("model.onnx", "past_key_values.0.key")), settingsOf({}))).toBe("worker")
})

test("a graph without a past cannot be run in parts: a worker", () => {
  expect(threadOf(exported(exportLlama({ ...form, past: false })), settingsOf({}))).toBe("worker")
})

test("what the user says counts, and what is not there is left to the worker to refuse", () => {
  expect(threadOf(checkpoint(tales), settingsOf({ thread: "worker" }))).toBe("worker")
  expect(threadOf(checkpoint(large("model.safetensors")), settingsOf({ thread: "main" }))).toBe("main")
  expect(threadOf(checkpoint("/nowhere"), settingsOf({}))).toBe("worker")
})

import { expect, test } from "bun:test"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { mapCheckpoint } from "../../../src/backends/onnxruntime/folder.ts"
import { fromCheckpoint } from "../../../src/backends/onnxruntime/load_model.ts"
import { availableMemory, neededMemory, refuseWhatDoesNotFit } from "../../../src/backends/onnxruntime/memory.ts"
import { decoders, tales, withCheckpoint } from "./golden.ts"

const llama = join(decoders, "llama")

test("weights take what their numbers take, and half precision is widened into memory of its own", () => {
  const [single, half] = [mapCheckpoint(llama), mapCheckpoint(tales)]
  expect(neededMemory(single, "fp32")).toBe(4 * single.parameters)
  expect(neededMemory(half, "fp32")).toBe(8 * half.parameters)
  expect(neededMemory(half, "int8")).toBeLessThan(neededMemory(half, "fp32") / 3)
  expect(neededMemory(half, "int4")).toBeLessThan(neededMemory(half, "int8"))
})

test("a model that does not fit is refused before it is loaded, and one that does is not", async () => {
  const needed = neededMemory(mapCheckpoint(tales), "fp32")
  const refused = await Effect.runPromise(
    Effect.flip(Effect.scoped(fromCheckpoint(tales, { memoryBytes: needed - 1 })))
  )
  expect(refused.message).toBe(
    `Cannot load ${tales} into memory: its weights take 31 MiB, and 31 MiB are free; as int8 or int4 they take less`
  )
  await withCheckpoint(tales, async ({ contextLength }) => expect(contextLength).toBe(512), { memoryBytes: needed })
  await withCheckpoint(tales, async ({ contextLength }) => expect(contextLength).toBe(512), {
    memoryBytes: needed - 1,
    dtype: "int4"
  })
})

test("sizes are told in words, and what is free is some of the machine's", () => {
  expect(() => refuseWhatDoesNotFit("m", 13.5 * 2 ** 30, 8 * 2 ** 30)).toThrow("take 13.5 GiB, and 8.0 GiB are free")
  expect(availableMemory()).toBeGreaterThan(2 ** 24)
  expect(availableMemory()).toBeLessThan(2 ** 50)
})

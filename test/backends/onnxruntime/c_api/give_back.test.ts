import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { giveBack } from "../../../../src/backends/onnxruntime/c_api/give_back.ts"
import { temporaryFolder } from "../temporary.ts"

const linux = process.platform === "linux"
/** Pages of files in memory. Units: bytes. */
const filePages = () => 1024 * Number(/RssFile:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1])

test.skipIf(!linux)("pages of a mapped file are given back, and read again from the file", () => {
  const size = 2 ** 25
  const numbers = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 12)) & 255)
  const mapped = Bun.mmap(join(temporaryFolder({ weights: numbers }), "weights"))
  const sum = () => {
    let all = 0
    for (let i = 0; i < size; i += 512) all += mapped[i]!
    return all
  }
  const [before, expected] = [filePages(), sum()]
  expect(filePages() - before).toBeGreaterThan(size * 0.9)
  giveBack([mapped, new Uint8Array(0)]).pages()
  expect(filePages() - before).toBeLessThan(size * 0.1)
  expect(sum()).toBe(expected)
})

test("memory of the allocator is given back without harm", () => {
  const kept = new Uint8Array(2 ** 20).fill(7)
  giveBack([]).heap()
  expect(kept.every((byte) => byte === 7)).toBe(true)
})

import { expect, test } from "bun:test"
import { type Merging, mergingRunner } from "../../../src/backends/onnxruntime/merging_runner.ts"
import type { Past, Runner } from "../../../src/backends/onnxruntime/runner.ts"

const past: Past = { length: 0, byteLength: 0, truncate: () => {}, copy: () => past, release: () => {} }

/** What runs where: `base` or the mix that was merged, and what is opened and released. */
const watched = (merging: Partial<Merging<Past>> = {}) => {
  const told: Array<string> = []
  const runner = (name: string): Runner => ({
    contextLength: 9,
    vocabularySize: 1,
    slots: 4,
    blockLength: 9,
    emptyPast: () => past,
    run: async (blocks) => {
      told.push(`${name}: ${blocks.map(({ mix }) => (mix === undefined ? "-" : [...mix].join())).join(" ")}`)
      return blocks.map(() => [])
    },
    release: async () => void told.push(`release ${name}`)
  })
  const mixing = mergingRunner(runner("base"), {
    required: () => false,
    after: Number.POSITIVE_INFINITY,
    most: 2,
    fits: () => true,
    open: async (mix) => {
      told.push(`open ${[...mix]}`)
      return runner(`${[...mix]}`)
    },
    ...merging
  })
  const run = (...mixes: ReadonlyArray<ReadonlyArray<number> | undefined>) =>
    mixing.run(mixes.map((mix) => ({ past, tokens: new Int32Array(3), rows: 1, mix: mix && Float32Array.from(mix) })))
  return { mixing, run, told }
}

const needsTwo: Partial<Merging<Past>> = { required: (mix) => mix?.[1] !== undefined && mix[1] !== 0 }

test("mixes run beside the weights where nothing is merged", async () => {
  const { run, told } = watched()
  for (let i = 0; i < 9; i++) await run([1, 0])
  await run([1, 0], undefined, [0, 2])
  expect(told).toEqual([...Array.from({ length: 9 }, () => "base: 1,0"), "base: 1,0 - 0,2"])
})

test("a mix that was asked for alone for long is merged, and used while it is alone", async () => {
  const { mixing, run, told } = watched({ after: 6 })
  await run([1, 0])
  await run([1, 0])
  await run([1, 0])
  await run([1, 0], [2, 0])
  await run([1, 0])
  await mixing.release()
  expect(told).toEqual([
    ...["base: 1,0", "base: 1,0", "open 1,0", "1,0: -", "base: 1,0 2,0", "1,0: -"],
    ...["release 1,0", "release base"]
  ])
})

test("what comes between begins the count anew", async () => {
  for (const between of [[undefined], [[2, 0]], [[1, 0], undefined]] as const) {
    const { run, told } = watched({ after: 6 })
    for (let i = 0; i < 5; i++) {
      await run([1, 0], [1, 0])
      await run(...between)
    }
    expect(told.filter((one) => one.startsWith("open"))).toEqual([])
  }
})

test("a mix that needs it is merged at once, the least recently used goes first, and numbers are not shared", async () => {
  const { mixing, run, told } = watched(needsTwo)
  expect([mixing.needsOwnRun!(Float32Array.of(1, 0)), mixing.needsOwnRun!(Float32Array.of(0, 1))]).toEqual([
    false,
    true
  ])
  for (const second of [1, 2, 1, 3, 1, 2]) {
    const mix = Float32Array.of(0, second)
    await mixing.run([{ past, tokens: new Int32Array(3), rows: 1, mix }])
    mix.fill(7)
  }
  await run([1, 0])
  expect(told).toEqual([
    ...["open 0,1", "0,1: -", "open 0,2", "0,2: -", "0,1: -", "release 0,2", "open 0,3", "0,3: -", "0,1: -"],
    ...["release 0,3", "open 0,2", "0,2: -", "base: 1,0"]
  ])
})

test("memory is made by releasing others; where it is not enough, a mix that needs it fails and others run beside", async () => {
  const tight = watched({ ...needsTwo, most: 9, fits: (others) => others < 1 })
  await tight.run([0, 1])
  await tight.run([0, 2])
  expect(tight.told).toEqual(["open 0,1", "0,1: -", "release 0,1", "open 0,2", "0,2: -"])
  const full = watched({ ...needsTwo, after: 0, fits: () => false })
  expect(full.run([0, 1])).rejects.toThrow("there is no memory for merged weights")
  await full.run([1, 0])
  const none = watched({ after: 0, most: 0 })
  await none.run([1, 0])
  expect([full.told, none.told]).toEqual([["base: 1,0"], ["base: 1,0"]])
})

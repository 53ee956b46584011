import { expect, test } from "bun:test"
import * as fc from "fast-check"
import type { TextRunner } from "../../../../src/backends/onnxruntime/classifier/text_runner.ts"
import { textScorer } from "../../../../src/backends/onnxruntime/classifier/text_scorer.ts"
import { Stopped } from "../../../../src/backends/onnxruntime/scorer.ts"

/** A runner whose row for a text is its first token and its length. */
const noting = (options: Partial<TextRunner> = {}) => {
  const runs: Array<ReadonlyArray<number>> = []
  const runner: TextRunner = {
    texts: Number.POSITIVE_INFINITY,
    sameLength: false,
    run: async (texts) => {
      runs.push(texts.map(({ length }) => length))
      return texts.map((tokens) => Float32Array.of(tokens[0]!, tokens.length))
    },
    release: async () => {},
    ...options
  }
  return { runner, runs }
}
const job = (length: number, first = 0) => ({ context: new Int32Array(length).fill(first), from: length })

test("texts of like length go together, the longest first, no run longer than it may be unless one text is", async () => {
  const { runner, runs } = noting()
  await textScorer(runner, 12).score([3, 5, 20, 2, 6, 1, 4].map((length) => job(length)))
  expect(runs).toEqual([[20], [6, 5], [4, 3, 2], [1]])
})

test("each text gets its own row, whatever goes together", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      async (lengths, runLength, sameLength, texts) => {
        const { runner, runs } = noting({ sameLength, texts })
        const rows = await textScorer(runner, runLength).score(lengths.map((length, i) => job(length, i)))
        expect(rows).toEqual(lengths.map((length, i) => [Float32Array.of(i, length)]))
        for (const run of runs) {
          expect(run.length === 1 || run.length * Math.max(...run) <= runLength).toBe(true)
          expect(run.length).toBeLessThanOrEqual(texts)
          if (sameLength) expect(new Set(run).size).toBe(1)
        }
      }
    )
  ))

test("a call that is given up runs no further", async () => {
  const { runner, runs } = noting()
  const jobs = [5, 5, 5].map((length) => job(length))
  const scored = textScorer(runner, 5).score(jobs, () => runs.length === 2)
  expect(await scored.catch((thrown) => thrown)).toBeInstanceOf(Stopped)
  expect(runs.length).toBe(2)
})

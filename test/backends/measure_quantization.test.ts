import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { measureQuantization } from "../../src/backends/measure_quantization.ts"
import { make } from "../../src/model/language_model.ts"
import { fromFunction, table } from "../../src/model/table.ts"
import { untokenized } from "../../src/vocabulary/vocabulary.ts"
import { failure } from "../support/run.ts"

const exact = table([
  [0, 0],
  [1, 3]
])
const near = table([
  [0, Math.log(3)],
  [1.5, 2.5]
])

test("by eye: two rows, one and the same token likeliest", async () => {
  const loss = await Effect.runPromise(measureQuantization(exact, near, [[0], [1]]))
  const half = 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3)
  const p = 1 / (1 + Math.exp(-2))
  const q = 1 / (1 + Math.exp(-1))
  const other = p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q))
  expect(loss.rows).toBe(2)
  expect(loss.klDivergence).toBeCloseTo((half + other) / 2, 7)
  expect(loss.largestKlDivergence).toBeCloseTo(half, 7)
  expect(loss.logitDifference).toBeCloseTo(Math.log(3), 6)
  // of two equal logits the first counts as the likeliest
  expect(loss.agreement).toBe(0.5)
})

test("a model loses nothing against itself, nor by a constant", async () => {
  const contexts = [[0, 1, 1, 0, 1], [1]]
  const shifted = fromFunction(
    2,
    (context) =>
      [
        [5, 5],
        [6, 8]
      ][context.at(-1)!]!
  )
  const loss = await Effect.runPromise(measureQuantization(exact, shifted, contexts))
  expect(loss).toEqual({
    rows: 6,
    klDivergence: 0,
    largestKlDivergence: 0,
    logitDifference: 5,
    agreement: 1
  })
})

test("a long context is asked for in stretches, each row once", async () => {
  const asked: Array<readonly [number, number]> = []
  const counted = make({
    name: "counted",
    vocabulary: untokenized(2),
    contextLength: 1000,
    run: (requests) =>
      Effect.sync(() =>
        requests.map(({ context, from }) => {
          asked.push([from, context.length])
          return Array.from({ length: context.length - from + 1 }, () => Float32Array.of(0, 0))
        })
      )
  })
  const context = Array.from({ length: 130 }, (_, i) => i % 2)
  const loss = await Effect.runPromise(measureQuantization(exact, counted, [context]))
  expect(loss.rows).toBe(130)
  expect(asked).toEqual([
    [1, 64],
    [65, 128],
    [129, 130]
  ])
})

describe("what cannot be compared is refused", () => {
  test("other vocabularies", async () =>
    expect(
      (
        await failure(
          measureQuantization(
            exact,
            fromFunction(3, () => [0, 0, 0]),
            [[0]]
          )
        )
      ).message
    ).toBe("Cannot compare function with table: they have 3 and 2 tokens"))
  test("no token", async () => {
    for (const contexts of [[], [[], []]]) {
      const { message } = await failure(measureQuantization(exact, near, contexts))
      expect(message).toBe("Cannot compare table with table: there is no context with a token")
    }
  })
  test("a row that is no law", async () =>
    expect(
      (
        await failure(
          measureQuantization(
            exact,
            fromFunction(2, () => [Number.NaN, 0]),
            [[0, 1]]
          )
        )
      ).message
    ).toBe("Cannot compare function with table: after 1 tokens one of them gives no law"))
  test("a token out of range", async () =>
    expect((await failure(measureQuantization(exact, near, [[7]])))._tag).toBe("ModelError"))
})

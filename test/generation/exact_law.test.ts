import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { model } from "../../src/formula/leaves.ts"
import { add, scale, subtract, union } from "../../src/formula/operators.ts"
import { events } from "../../src/generation/generate.ts"
import type { GenerationOptions } from "../../src/generation/options.ts"
import { logSoftmax } from "../../src/logits/softmax.ts"
import { table } from "../../src/model/table.ts"
import { type Chance, CurrentChance, seeded } from "../../src/sampling/chance.ts"
import { type Law, law } from "../../src/sampling/law.ts"
import { distance, exactLaw } from "../../src/testing/exact_law.ts"

const a = [
  [0.3, -0.2, 1],
  [0, 0.7, -1],
  [1, 1, 0.5]
]
const b = [
  [-1, 0.4, 0],
  [0.2, 0.2, 2],
  [0, -0.5, 0.1]
]
const formula = model(table(a)).pipe(
  add(scale(union(model(table(a)), model(table(b))), 2)),
  subtract(scale(model(table(b)), 0.5))
)

/** The formula's law by hand: (a + 2 max(a, b) - b / 2) / 2.5, where each is a log-softmax. */
const byHand = (last: number): Float64Array => {
  const [p, q] = [a, b].map((rows) => logSoftmax(Float32Array.from(rows[last]!)) as Float64Array)
  return p!.map((x, i) => (x + 2 * Math.max(x, q![i]!) - 0.5 * q![i]!) / 2.5)
}

/** The law of the whole completion, multiplied out along every path. */
const expectedLaw = (options: GenerationOptions, maxTokens: number): Map<string, number> => {
  let paths = new Map<string, number>([["", 1]])
  for (let n = 0; n < maxTokens; n++) {
    const longer = new Map<string, number>()
    for (const [path, probability] of paths) {
      const completion = path === "" ? [] : path.split(",").map(Number)
      const { probs } = law(byHand(completion.at(-1) ?? 0), options, { prompt: [0], completion }) as Law
      for (const [token, p] of probs.entries()) if (p > 0) longer.set([...completion, token].join(), probability * p)
    }
    paths = longer
  }
  return paths
}

const run = (options: GenerationOptions) =>
  Effect.map(Stream.runCollect(events(formula, { prompt: [0], ...options })), (all) =>
    all.flatMap((event) => (event._tag === "Token" ? [event.token] : [])).join()
  )
const lawOf = (options: GenerationOptions) =>
  Effect.map(
    exactLaw(run(options), { key: (text) => text }),
    ({ outcomes }) => new Map(outcomes.map(({ probability, value }) => [value, probability]))
  )

describe("the exact law of what is generated, every answer of chance enumerated", () => {
  const cases: ReadonlyArray<GenerationOptions> = [
    {},
    { temperature: 0.7 },
    { temperature: 0 },
    { topK: 2 },
    { topP: 0.6, temperature: 1.4 },
    { minP: 0.5 },
    { typicalP: 0.7 },
    { repetitionPenalty: 1.7, presencePenalty: 0.3, frequencyPenalty: 0.2, logitBias: { "1": 0.5 } },
    { temperature: 0.8, topK: 2, topP: 0.9, minP: 0.05, repetitionPenalty: 1.2, presencePenalty: 0.4 }
  ]
  test.each(cases)("under %p it is the formula's, TV < 1e-10", async (options) => {
    const got = await Effect.runPromise(lawOf({ ...options, maxTokens: 4 }))
    expect(distance(got, expectedLaw(options, 4))).toBeLessThan(1e-10)
    expect([...got.values()].reduce((x, y) => x + y)).toBeCloseTo(1, 12)
  })

  test("whatever the options (property)", async () => {
    const options = fc.record({
      temperature: fc.double({ min: 0.2, max: 3, noNaN: true }),
      topK: fc.nat(3),
      topP: fc.double({ min: 0.2, max: 1, noNaN: true }),
      minP: fc.double({ min: 0, max: 0.8, noNaN: true }),
      repetitionPenalty: fc.double({ min: 0.5, max: 2, noNaN: true }),
      frequencyPenalty: fc.double({ min: -1, max: 1, noNaN: true })
    })
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const got = await Effect.runPromise(lawOf({ ...given, maxTokens: 3 }))
        return distance(got, expectedLaw(given, 3)) < 1e-10
      }),
      { numRuns: 40 }
    )
  }, 30_000)

  test("a sampler that is wrong is seen: the law of another temperature is far away", async () => {
    const got = await Effect.runPromise(lawOf({ temperature: 0.9, maxTokens: 3 }))
    expect(distance(got, expectedLaw({}, 3))).toBeGreaterThan(0.01)
  })
})

test("end to end with seeds: chi-square against the exact law", async () => {
  const options = { temperature: 0.9, topP: 0.95, maxTokens: 2 }
  const exact = expectedLaw(options, 2)
  const n = 5_000
  const counts = new Map<string, number>()
  for (let seed = 0; seed < n; seed++) {
    const text = await Effect.runPromise(run({ ...options, seed }))
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  expect([...counts.keys()].filter((key) => !exact.has(key))).toEqual([])
  const chiSquare = [...exact].reduce((sum, [key, p]) => sum + ((counts.get(key) ?? 0) - n * p) ** 2 / (n * p), 0)
  // At most 8 degrees of freedom: the chance of more than 40 is 3e-6, and the seeds are fixed.
  expect(chiSquare).toBeLessThan(40)
}, 60_000)

test("the same seed gives the same text, and a sequence is the same alone and beside others", async () => {
  const many = await Effect.runPromise(
    Stream.runCollect(events(formula, { prompt: [0], maxTokens: 12, count: 5, seed: 3 }))
  )
  const sequence = (i: number) =>
    many.flatMap((event) => (event._tag === "Token" && event.sequence === i ? [event.token] : []))
  expect(await Effect.runPromise(run({ maxTokens: 12, seed: 3 }))).toBe(sequence(0).join())
  expect(sequence(1)).not.toEqual(sequence(0))
  expect(many.filter((event) => event._tag === "Finished")).toHaveLength(5)
  const again = await Effect.runPromise(
    Stream.runCollect(events(formula, { prompt: [0], maxTokens: 12, count: 3, seed: 3 }))
  )
  const other = again.flatMap((event) => (event._tag === "Token" && event.sequence === 2 ? [event.token] : []))
  expect(other).toEqual(sequence(2))
})

test("chance is asked in order of positions, stage 0", async () => {
  const places: Array<number> = []
  await Effect.runPromise(
    Effect.provideService(run({ maxTokens: 3 }), CurrentChance, (seed) => {
      const chance = seeded(seed)
      const draw: Chance["draw"] = (place, probs) => {
        places.push(place.position)
        return chance.draw(place, probs)
      }
      return { ...chance, draw }
    })
  )
  expect(places).toEqual([0, 1, 2])
})

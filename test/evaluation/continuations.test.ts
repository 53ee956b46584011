import { expect, test } from "bun:test"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Evaluation, Formula, Generation, LanguageModel } from "polylogit"
import { countedModel } from "../support/counted_model.ts"
import { letters } from "../support/letters.ts"
import { collect, failure } from "../support/run.ts"

/** Every token but the last one of the four, which ends nothing, may follow any other. */
const even = Formula.model(LanguageModel.uniform(4))
const place = ({ opening, sequence }: Evaluation.Continuation) => opening * 100 + sequence
const run = async (openings: ReadonlyArray<Evaluation.Opening>, options: Evaluation.ContinuationOptions) =>
  (await collect(Evaluation.continuations(even, openings, options))).toSorted((a, b) => place(a) - place(b))

test("a continuation depends on the seed, its opening's place and its number alone", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom("block" as const, "coupled" as const),
      async (seed, openings, count, concurrency, verifier) => {
        const all = [[0], [1, 2], [0], [3]].slice(0, openings)
        const few = await run(all, { seed, count, concurrency, verifier, maxTokens: 12 })
        const many = await run([...all, [2]], { seed, count: count + 2, verifier, maxTokens: 12 })
        expect(few.map(place)).toEqual(all.flatMap((_, i) => Array.from({ length: count }, (_, j) => 100 * i + j)))
        expect(few).toEqual(many.filter(({ opening, sequence }) => opening < openings && sequence < count))
      }
    ),
    { numRuns: 30 }
  ))

test("the first opening's are what generating gives; no other sequence uses their coins", async () => {
  const options = { seed: 5, maxTokens: 20, count: 2 }
  const events = await collect(Generation.events(even, { ...options, prompt: [0] }))
  const tokens = [0, 1].map((i) =>
    events.flatMap((one) => (one._tag === "Token" && one.sequence === i ? [one.token] : []))
  )
  for (const verifier of ["block", "coupled"] as const) {
    // openings that are alike differ in nothing but their coins
    const all = await run(Array(6).fill([0]), { ...options, verifier })
    expect(new Set(all.map((one) => one.tokens.join())).size).toBe(12)
    if (verifier === "block") expect(all.slice(0, 2).map((one) => one.tokens)).toEqual(tokens)
  }
  // what would be without numbers of their own
  expect(await collect(Generation.events(even, { ...options, prompt: [1] }))).toHaveLength(42)
  const second = (await collect(Generation.events(even, { ...options, prompt: [1] }))).flatMap((one) =>
    one._tag === "Token" && one.sequence === 0 ? [one.token] : []
  )
  expect(second).toEqual(tokens[0]!)
})

test("sequences of all openings go in one run a token", async () => {
  const { model, runs } = countedModel()
  await collect(Evaluation.continuations(Formula.model(model), [[0], [1], [2]], { count: 4, maxTokens: 6, seed: 1 }))
  expect(runs.map((requests) => requests.length)).toEqual(Array(6).fill(12))
})

test("but no more than 64 at once, or as many as are asked for", async () => {
  const most = async (count: number, concurrency?: number) => {
    const { model, runs } = countedModel()
    const openings = Array.from({ length: 10 }, (_, i) => [i % 4])
    const options = { count, maxTokens: 3, seed: 1, ...(concurrency !== undefined && { concurrency }) }
    await collect(Evaluation.continuations(Formula.model(model), openings, options))
    return Math.max(...runs.map((requests) => requests.length))
  }
  expect([await most(20), await most(2, 3)]).toEqual([64, 3])
})

test("text is what the tokens say, an end included in the tokens", async () => {
  // a, b, c, then the end
  const spelling = Formula.model(
    LanguageModel.fromFunction(letters, (context) =>
      [0, 1, 2, 3].map((i) => (i === (context.at(-1)! + 1) % 4 ? 50 : 0))
    )
  )
  const all = await collect(Evaluation.continuations(spelling, ["a", ""], { seed: 1, maxTokens: 9 }))
  expect(all.toSorted((a, b) => place(a) - place(b))).toEqual([
    { opening: 0, sequence: 0, tokens: [2, 3, 0], text: "bc" },
    { opening: 1, sequence: 0, tokens: [1, 2, 3, 0], text: "abc" }
  ])
})

test("progress goes up to the whole, also where texts end early, and begins anew in each run", async () => {
  const ending = Formula.model(LanguageModel.fromFunction(letters, () => [0, 0, 0, 0]))
  const told: Array<readonly [number, number]> = []
  const all = Evaluation.continuations(ending, ["a", "b"], {
    seed: 3,
    count: 3,
    maxTokens: 30,
    progress: (done, total) => told.push([done, total])
  })
  for (let i = 0; i < 2; i++) {
    told.length = 0
    const tokens = (await collect(all)).flatMap((one) => one.tokens).length
    expect(tokens).toBeLessThan(180)
    expect(told.every(([done, total], i) => total === 180 && (i === 0 || done >= told[i - 1]![0]))).toBe(true)
    expect(told.at(-1)).toEqual([180, 180])
    expect(told).toHaveLength(tokens + 6)
  }
})

test("a count that none can have is refused", async () => {
  const error = await failure(Stream.runCollect(Evaluation.continuations(even, [[0]], { count: 0 })))
  expect([error._tag, error.message]).toEqual(["OptionsError", expect.stringContaining("for count, got 0")])
})

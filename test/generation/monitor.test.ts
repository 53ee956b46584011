import { describe, expect, test } from "bun:test"
import type { Formula } from "../../src/formula/formula.ts"
import { model, row } from "../../src/formula/leaves.ts"
import { add, scale, subtract, supersede, union } from "../../src/formula/operators.ts"
import type { Event, Token, TokenMonitor } from "../../src/generation/events.ts"
import { events } from "../../src/generation/generate.ts"
import type { GenerationOptions } from "../../src/generation/options.ts"
import { logSoftmax } from "../../src/logits/softmax.ts"
import { table } from "../../src/model/table.ts"
import type { Speculate } from "../../src/speculation/schedule.ts"
import { collect } from "../support/run.ts"

const logs = (...probs: ReadonlyArray<number>) => probs.map(Math.log)
const one = (name: string, ...probs: ReadonlyArray<number>) =>
  model(table([logs(...probs), logs(...probs), logs(...probs), logs(...probs)], { name }))

const skewed = one("skewed", 1 / 2, 1 / 4, 1 / 8, 1 / 8)
const even = one("even", 1 / 4, 1 / 4, 1 / 4, 1 / 4)

const tokens = (all: ReadonlyArray<Event>): ReadonlyArray<Token> => all.filter((event) => event._tag === "Token")
const run = (formula: Formula, options: GenerationOptions) =>
  collect(events(formula, { prompt: [0], seed: 5, monitor: true, ...options }))
const monitors = async (formula: Formula, options: GenerationOptions) =>
  tokens(await run(formula, options)).map(({ monitor }) => monitor!)
const told = (monitor: TokenMonitor) => monitor.terms.map(({ number, term }) => `${number} ${term}`)

describe("four tokens by hand", () => {
  // (skewed + even) / 2: proportional to sqrt(1/2), sqrt(1/4), sqrt(1/8), sqrt(1/8)
  const weights = [2, Math.SQRT2, 1, 1]
  const total = 4 + Math.SQRT2
  const p = weights.map((w) => w / total)
  const kl = (q: ReadonlyArray<number>) => p.reduce((sum, x, i) => sum + x * Math.log(x / q[i]!), 0)

  test("entropy, divergences and the token under each term", async () => {
    const all = tokens(await run(add(skewed, even), { maxTokens: 20 }))
    expect(new Set(all.map(({ token }) => token)).size).toBeGreaterThan(2)
    for (const { logProb, monitor, token } of all) {
      expect(monitor!.origin).toBe("drawn")
      expect(monitor!.entropy).toBeCloseTo(-p.reduce((sum, x) => sum + x * Math.log(x), 0), 6)
      expect(monitor!.terms.map(({ number, term }) => [number, term])).toEqual([
        [1, "model(<skewed>)"],
        [2, "model(<even>)"]
      ])
      const [first, second] = monitor!.terms
      expect(first!.klDivergence).toBeCloseTo(kl([1 / 2, 1 / 4, 1 / 8, 1 / 8]), 6)
      expect(second!.klDivergence).toBeCloseTo(kl([1 / 4, 1 / 4, 1 / 4, 1 / 4]), 6)
      expect(first!.logProb).toBeCloseTo(Math.log([1 / 2, 1 / 4, 1 / 8, 1 / 8][token]!), 6)
      expect(second!.logProb).toBeCloseTo(Math.log(1 / 4), 6)
      expect(logProb).toBeCloseTo(Math.log(p[token]!), 6)
    }
  })
  test("the formula's law is the one before sampling options", async () => {
    const [cold] = await monitors(add(skewed, even), { maxTokens: 1, temperature: 0 })
    const [plain] = await monitors(add(skewed, even), { maxTokens: 1, seed: 9 })
    expect(cold!.entropy).toBe(plain!.entropy)
    expect(cold!.terms.map(({ klDivergence }) => klDivergence)).toEqual(
      plain!.terms.map(({ klDivergence }) => klDivergence)
    )
  })
  test("fixed rows are terms; a term that excludes a token of the law is infinitely far", async () => {
    const sure = row([0, 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], { name: "sure" })
    const [first] = await monitors(union(sure, even), { maxTokens: 1 })
    expect(told(first!)).toEqual(["1 sure", "2 model(<even>)"])
    expect(first!.terms[0]!.klDivergence).toBe(Number.POSITIVE_INFINITY)
    expect(first!.terms[1]!.klDivergence).toBeGreaterThan(0)
  })
  test("by default nothing is told", async () => {
    const all = tokens(await run(even, { maxTokens: 2, monitor: false }))
    expect(all.every((event) => !("monitor" in event))).toBe(true)
  })
})

describe("a speculative run tells the same as a plain one", () => {
  const rowsOf = (shift: number) => [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => Math.sin(3 * i + 5 * j + shift)))
  const markov = (name: string, shift: number) => model(table(rowsOf(shift), { name }))
  const [a, b, c] = [markov("a", 0), markov("b", 0.3), markov("c", 2)]
  const sum = a.pipe(add(union(b, c)), subtract(scale(c, 0.3)))
  const cases: ReadonlyArray<readonly [string, Formula, Speculate]> = [
    ["two stages", sum, { order: [1, [2, 3]], draftLengths: [3] }],
    ["three stages, no bonus", add(add(a, b), c), { order: [1, 2, 3], draftLengths: [2, 3], bonus: [false, false] }],
    ["three stages, bonus", add(add(a, b), c), { order: [1, 2, 3], draftLengths: [4, 2], bonus: [true, true] }],
    [
      "plans that change",
      add(a, b),
      [
        { order: [1, 2], draftLengths: [5] },
        { at: 7, order: [[1, 2]], draftLengths: [] },
        { at: 12, order: [2, 1], draftLengths: [2] }
      ]
    ]
  ]
  test.each(cases)("%s", async (_, formula, speculate) => {
    const options = { maxTokens: 24, verifier: "coupled" } as const
    const [plain, drafted] = [await monitors(formula, options), await monitors(formula, { ...options, speculate })]
    const numbers = (all: ReadonlyArray<TokenMonitor>) => all.map(({ entropy, terms }) => ({ entropy, terms }))
    expect(numbers(drafted)).toEqual(numbers(plain))
    expect(new Set(plain.map(({ origin }) => origin))).toEqual(new Set(["drawn"]))
    expect(drafted.filter(({ origin }) => origin === "kept").length).toBeGreaterThan(5)
  })

  test("rows are those of the token's own place: a formula of one term agrees with it everywhere", async () => {
    for (const speculate of ["off", "auto", { order: [1, 2], draftLengths: [4] }] as ReadonlyArray<Speculate>) {
      for (const { logProb, monitor } of tokens(await run(supersede(b, a), { maxTokens: 30, speculate }))) {
        expect(monitor!.terms.at(-1)).toMatchObject({ number: 2, klDivergence: 0 })
        expect(monitor!.terms.at(-1)!.logProb).toBeCloseTo(logProb, 12)
      }
    }
  })

  test("origins are those that the statistics count", async () => {
    const all = await run(supersede(b, a), { maxTokens: 60, speculate: { order: [1, 2], draftLengths: [3] } })
    const origins = tokens(all).map(({ monitor }) => monitor!.origin)
    const count = (origin: string) => origins.filter((one) => one === origin).length
    const last = all.at(-1)!
    const [stage] = last._tag === "Finished" ? last.statistics.stages : []
    // a last block may be cut by maxTokens
    expect(Math.abs(count("kept") - stage!.kept)).toBeLessThanOrEqual(1)
    expect(count("replaced") + count("bonus")).toBe(stage!.blocks - (origins.at(-1) === "kept" ? 1 : 0))
    expect(count("replaced")).toBeGreaterThan(0)
    expect(count("bonus")).toBeGreaterThan(0)
    expect(count("drawn")).toBe(0)
  })

  test("a draft is told where it was asked, under the number that plans name it by, and else left out", async () => {
    const formula = supersede(b, a)
    const options = { maxTokens: 30, verifier: "coupled" } as const
    const plain = await monitors(formula, options)
    const drafted = tokens(await run(formula, { ...options, speculate: { order: [1, 2], draftLengths: [3] } }))
    expect(new Set(plain.flatMap(told))).toEqual(new Set(["2 model(<a>)"]))
    expect(drafted.map(({ monitor }) => monitor!.terms.at(-1))).toEqual(plain.map(({ terms }) => terms[0]))
    for (const [i, { monitor, token }] of drafted.entries()) {
      const asked = monitor!.origin === "kept" || monitor!.origin === "replaced"
      expect(told(monitor!)).toEqual(asked ? ["1 model(<b>)", "2 model(<a>)"] : ["2 model(<a>)"])
      const before = drafted[i - 1]?.token ?? 0
      const law = logSoftmax(Float32Array.from(rowsOf(0.3)[before]!)) as Float64Array
      if (asked) expect(monitor!.terms[0]!.logProb).toBeCloseTo(law[token]!, 12)
    }
  })

  test("no model is asked for it", async () => {
    const cost = async (monitor: boolean) => {
      const last = (
        await run(sum, { maxTokens: 20, monitor, speculate: { order: [1, [2, 3]], draftLengths: [3] } })
      ).at(-1)!
      if (last._tag !== "Finished") throw new Error("no end")
      const { modelCalls, terms } = last.statistics
      return { modelCalls, terms: terms.map(({ calls, positions }) => ({ calls, positions })) }
    }
    expect(await cost(true)).toEqual(await cost(false))
  })
})

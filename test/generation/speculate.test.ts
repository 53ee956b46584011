import { describe, expect, test } from "bun:test"
import * as Stream from "effect/Stream"
import type { Formula } from "../../src/formula/formula.ts"
import { model, row } from "../../src/formula/leaves.ts"
import { add, scale, subtract, supersede } from "../../src/formula/operators.ts"
import type { Event, Finished, Statistics } from "../../src/generation/events.ts"
import { events } from "../../src/generation/generate.ts"
import type { GenerationOptions } from "../../src/generation/options.ts"
import { fromFunction, table } from "../../src/model/table.ts"
import type { Speculate } from "../../src/speculation/schedule.ts"
import { collect, failure } from "../support/run.ts"

const markov = (name: string, shift: number) =>
  model(
    table(
      [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => Math.sin(3 * i + 5 * j + shift))),
      { name }
    )
  )
const [a, b, c] = [markov("a", 0), markov("b", 0.2), markov("c", 2)]

const run = (formula: Formula, options: GenerationOptions) => collect(events(formula, { prompt: [0], ...options }))
const ids = (all: ReadonlyArray<Event>) => all.flatMap((event) => (event._tag === "Token" ? [event.token] : []))
const statistics = (all: ReadonlyArray<Event>): Statistics => (all.at(-1) as Finished).statistics

describe("statistics", () => {
  test("terms and stages add up", async () => {
    const speculate = { order: [1, 2], draftLengths: [4] }
    const { modelCalls, stages, terms, tokens } = statistics(
      await run(supersede(b, a), { seed: 2, maxTokens: 200, speculate })
    )
    const [draft, target] = terms
    const [stage] = stages
    expect([tokens, stages.length, terms.map(({ number }) => number)]).toEqual([200, 1, [1, 2]])
    expect(draft!.calls + target!.calls).toBe(modelCalls)
    expect(target!.calls).toBe(stage!.blocks)
    expect(target!.positions).toBe(stage!.blocks + stage!.drafted)
    expect(draft!.calls).toBe(draft!.positions)
    expect(target!.calls).toBeLessThan(tokens / 2)
    expect(Math.abs(stage!.acceptance.seen - stage!.acceptance.expected)).toBeLessThan(0.1)
  })
  test("a term has one number, whether its draft is there or not", async () => {
    const number = async (speculate: Speculate) => statistics(await run(supersede(b, a), { maxTokens: 4, speculate }))
    expect((await number("off")).terms).toMatchObject([{ number: 2, term: "model(<a>)" }])
    expect((await number({ order: [2], draftLengths: [] })).terms).toMatchObject([
      { number: 1, calls: 0 },
      { number: 2, calls: 4 }
    ])
  })
  test("fixed rows have a number and no cost", async () => {
    const formula = add(row([0, 1, 0, 1], { name: "fixed" }), a)
    expect(statistics(await run(formula, { maxTokens: 3 })).terms).toMatchObject([{ number: 2, calls: 3 }])
  })
  test("the plans that a run went by replay it", async () => {
    const formula = a.pipe(add(b), subtract(scale(c, 0.2)))
    const speculate: Speculate = [
      { order: [1, [2, 3]], draftLengths: [2] },
      { at: 9, order: [2, 1, 3], draftLengths: [3, 2], bonus: [true, false] }
    ]
    const first = await run(formula, { maxTokens: 30, speculate })
    const { plans, seed, verifier } = statistics(first)
    expect(plans.map(({ order }) => order)).toEqual([
      [[1], [2, 3]],
      [[2], [1], [3]]
    ])
    const again = await run(formula, { maxTokens: 30, seed, verifier, speculate: plans as Speculate })
    expect(ids(again)).toEqual(ids(first))
  })
})

describe("one seed, one text with the coupled verifier", () => {
  const formula = a.pipe(add(b), subtract(scale(c, 0.2)))
  const plans: ReadonlyArray<Speculate> = [
    "off",
    { order: [1, [2, 3]], draftLengths: [1] },
    { order: [1, 2, 3], draftLengths: [2, 7] },
    { order: [[2, 1], 3], draftLengths: [50] },
    [
      { order: [1, 2, 3], draftLengths: [3, 3] },
      { at: 4, order: [[1, 2, 3]], draftLengths: [] }
    ]
  ]
  test("any plan, alone and beside others", async () => {
    const options = { seed: 3, maxTokens: 40, verifier: "coupled" } as const
    const texts = await Promise.all(plans.map(async (speculate) => ids(await run(formula, { ...options, speculate }))))
    for (const text of texts) expect(text).toEqual(texts[0]!)
    const beside = await run(formula, { ...options, speculate: plans[2]!, count: 3 })
    const first = beside.filter((event) => event.sequence === 0)
    expect(ids(first)).toEqual(texts[0]!)
  })
})

describe("a plan that cannot be is a typed error with one clear message", () => {
  const formula = supersede(b, a)
  const cases: ReadonlyArray<readonly [string, Speculate, string]> = [
    ["unknown number", { order: [1, 3], draftLengths: [2] }, "Cannot plan with term 3: the formula has terms 1 to 2"],
    ["number 0", { order: [0, 2], draftLengths: [2] }, "Cannot plan with term 0"],
    ["unknown text", { order: ["x", 2], draftLengths: [2] }, "the formula has no such term, it has 1. model(<b>)"],
    ["another leaf", { order: [c, 2], draftLengths: [2] }, "Cannot plan with model(<c>): the formula has no such term"],
    ["a term twice", { order: [1, [1, 2]], draftLengths: [2] }, "term 1 in two places"],
    ["a term missing", { order: [1], draftLengths: [] }, "Cannot plan without the term 2, model(<a>)"],
    ["no group", { order: [], draftLengths: [] }, "Cannot plan without the term 2"],
    ["draft length 0", { order: [1, 2], draftLengths: [0] }, "Cannot draft 0 tokens"],
    ["draft length negative", { order: [1, 2], draftLengths: [-1] }, "Cannot draft -1 tokens"],
    ["draft lengths missing", { order: [1, 2], draftLengths: [] }, "2 groups of terms with 0 draft lengths"],
    ["bonus missing", { order: [1, 2], draftLengths: [2], bonus: [] }, "one less is needed"],
    ["no plan", [], "first plan"],
    ["first plan late", { order: [1, 2], draftLengths: [2], at: 1 }, "from position 0 on"],
    [
      "plans out of order",
      [
        { order: [1, 2], draftLengths: [2] },
        { order: [2], draftLengths: [], at: 0 }
      ],
      "Cannot switch to plan 2 at position 0"
    ]
  ]
  test.each(cases)("%s", async (_, speculate, message) => {
    const error = await failure(Stream.runDrain(events(formula, { prompt: [0], speculate })))
    expect(error).toMatchObject({ _tag: "PlanError" })
    expect(error.message).toContain(message)
    expect(error.message).not.toContain("\n")
  })
  test("what is no plan at all is refused as an option", async () => {
    for (const speculate of [
      "fast",
      3,
      { order: [1, 2], draftLengths: [1.5] },
      { order: [1, 2], draftLengths: [Number.NaN] }
    ]) {
      const error = await failure(Stream.runDrain(events(formula, { prompt: [0], speculate } as never)))
      expect(error).toMatchObject({ _tag: "OptionsError" })
      expect(error.message).toContain("speculate")
      expect(error.message).not.toContain("\n")
    }
    const error = await failure(Stream.runDrain(events(formula, { prompt: [0], verifier: "lucky" } as never)))
    expect(error.message).toContain('verifier, got "lucky"')
  })
  test("a draft length beyond the window says how much there is; one beyond the text does no harm", async () => {
    const short = supersede(b, model(fromFunction(4, () => [0, 1, 0, 1], { contextLength: 9 })))
    const speculate = { order: [1, 2], draftLengths: [1e9] }
    const error = await failure(Stream.runDrain(events(short, { prompt: [0], speculate })))
    expect(error.message).toBe("Cannot draft 1000000000 tokens: the context window holds 9")
    const { terms, tokens } = statistics(await run(formula, { maxTokens: 12, seed: 1, speculate }))
    expect(tokens).toBe(12)
    expect(terms[0]!.positions).toBeLessThan(12 * 12)
  })
})

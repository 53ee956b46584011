import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Formula, Generation, LanguageModel } from "polylogit"
import { block } from "../../src/speculation/block.ts"
import type { Rule } from "../../src/speculation/rule.ts"
import { exactChain } from "../../src/testing/exact_chain.ts"
import { distance, exactLaw, keyed } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { type Case, machines, ready, run, settled } from "./cases.ts"

type Table = ReadonlyArray<ReadonlyArray<number>>

/** Rows of three tokens by the last token: a draft, a model, and what a reward head gives. */
const draftRows = [
  [0.4, -0.3, 0.1],
  [-0.2, 0.5, 0.9],
  [0.3, 0.6, -0.7]
]
const modelRows = [
  [0.1, 0.8, 0.3],
  [0.9, -0.2, 0.5],
  [-0.6, 0.3, 1.2]
]
const rewardRows = [
  [-1.5, 0.4, 2],
  [1, -0.8, 0.2],
  [0.3, 1.7, -1]
]
const leaf = (rows: Table, name: string) => Formula.model(LanguageModel.table(rows, { name }))
const [draft, model, reward] = [leaf(draftRows, "draft"), leaf(modelRows, "model"), leaf(rewardRows, "reward")]

const logZ = (row: ReadonlyArray<number>) => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))
const normal = (row: ReadonlyArray<number>) => row.map((x) => x - logZ(row))
/** What texts of `maxTokens` tokens behind token 1 have as their law, by rows of the next one. */
const byHand = (row: (last: number) => ReadonlyArray<number>, maxTokens: number) =>
  keyed(
    plainLaw((completion) => ({ probs: Float64Array.from(normal(row(completion.at(-1) ?? 1)), Math.exp) }), {
      maxTokens
    })
  )
const lawOf = async (formula: Formula.Formula, options: Generation.GenerationOptions) => {
  const written = Stream.runCollect(Generation.events(formula, { prompt: [1], ...options })).pipe(
    Effect.map((all) => all.flatMap((event) => (event._tag === "Token" ? [event.token] : [])))
  )
  return keyed(await Effect.runPromise(exactLaw(written)))
}
const verifiers = ["rejection", "block", "coupled"] as const

describe("F + lambda * scores(R): each next token's probability times exp(lambda * reward)", () => {
  const lambda = 0.7
  const target = Formula.add(model, Formula.scale(Formula.scores(reward), lambda))
  const formula = Formula.supersede(draft, target)
  const expected = (maxTokens: number) =>
    byHand((last) => modelRows[last]!.map((x, token) => x + lambda * rewardRows[last]![token]!), maxTokens)
  const cases = verifiers.flatMap((verifier) =>
    [1, 2, 3, 4].flatMap((k) =>
      [
        { order: [[1], [2], [3]], draftLengths: [k, k] },
        { order: [[1], [2, 3]], draftLengths: [k] },
        { order: [[2], [3]], draftLengths: [k] }
      ].map((plan) => ({ verifier, plan }))
    )
  )
  /** A block of four drafts needs five tokens; where the states are those of races, they are too many. */
  const lengthOf = (verifier: Case["verifier"]) => (verifier === "coupled" ? 3 : 5)
  const chained = async (verifier: Case["verifier"], plan: Case["plan"], rule?: Rule) => {
    const given = { formula, plan, verifier, sampling: {}, maxTokens: lengthOf(verifier), ...(rule && { rule }) }
    const one = (await Effect.runPromise(ready(given)))!
    const law = await Effect.runPromise(exactChain(machines(one), one.lawOf, { maxTokens: one.maxTokens }))
    return { stages: one.layers.length, law: keyed(law), one }
  }
  test.each(cases)("as machines: %j", async ({ plan, verifier }) => {
    const { law, one, stages } = await chained(verifier, plan)
    expect(stages).toBe(plan.order.length)
    expect(distance(law, one.expected)).toBeLessThan(1e-10)
    expect(distance(law, expected(one.maxTokens))).toBeLessThan(1e-6)
  })
  test.each(verifiers)("%s: as streams, three stages, texts of two tokens", async (verifier) => {
    const speculate = { order: [1, 2, 3], draftLengths: [2, 2] } as const
    const plain = await lawOf(formula, { maxTokens: 2 })
    expect(distance(await lawOf(formula, { maxTokens: 2, speculate, verifier }), plain)).toBeLessThan(1e-12)
    expect(distance(plain, expected(2))).toBeLessThan(1e-6)
  })
  test("a reward that comes before the model leaves no weight to divide by, and no stage", async () => {
    const { law, one, stages } = await chained("block", { order: [[3], [1], [2]], draftLengths: [2, 3] })
    expect(stages).toBe(1)
    expect(distance(law, one.expected)).toBeLessThan(1e-10)
  })
  const wrong: ReadonlyArray<readonly [string, Rule]> = [
    [
      "everything is kept",
      ({ drafts, laws, position }, ask) => ({ kept: drafts.length, next: ask.draw(position, laws.at(-1)!.probs) })
    ],
    [
      "kept a little too often",
      (given, ask) => block(given, { ...ask, accept: (at, p) => ask.accept(at, Math.min(1, 1.05 * p)) })
    ]
  ]
  for (const [name, rule] of wrong) {
    test(`an acceptance that is wrong is found: ${name}`, async () => {
      for (const k of [1, 2, 3, 4]) {
        const { law, one } = await chained("block", { order: [[1], [2], [3]], draftLengths: [k, k] }, rule)
        expect(distance(law, one.expected)).toBeGreaterThan(1e-3)
      }
    })
  }
  test("streams with a wrong acceptance are found too", async () => {
    const plan = { order: [[1], [2], [3]], draftLengths: [2, 1] }
    const given = { formula, plan, verifier: "block", sampling: {}, maxTokens: 2 } as const
    const off = async (rule?: Rule) => {
      const one = (await Effect.runPromise(ready({ ...given, ...(rule && { rule }) })))!
      return distance(keyed(await Effect.runPromise(exactLaw(run(one)))), one.expected)
    }
    expect(await off()).toBeLessThan(1e-10)
    expect(await off(wrong[1]![1])).toBeGreaterThan(1e-3)
  })
  const row = (size: number) =>
    fc.array(
      fc.integer({ min: -20, max: 20 }).map((n) => n / 10),
      { minLength: size, maxLength: size }
    )
  const table = (size: number) => fc.array(row(size), { minLength: size, maxLength: size })
  test(
    "whatever the tables, the coefficient, the plan and the sampling (property)",
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 2, max: 3 }).chain((size) => fc.tuple(table(size), table(size), table(size))),
          fc.integer({ min: -30, max: 30 }).map((n) => n / 10),
          fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
          fc.constantFrom(...verifiers),
          fc.constantFrom({}, { temperature: 0.6 }, { topK: 2 }, { presencePenalty: 0.5 }),
          async ([a, b, c], by, draftLengths, verifier, sampling) => {
            const scored = Formula.scale(Formula.scores(leaf(c, "c")), by)
            const given = Formula.supersede(leaf(a, "a"), Formula.add(leaf(b, "b"), scored))
            const plan = { order: [[1], [2], [3]], draftLengths }
            const one = await Effect.runPromise(ready({ formula: given, plan, verifier, sampling, maxTokens: 3 }))
            const law = await Effect.runPromise(exactChain(machines(one!), one!.lawOf, { maxTokens: 3 }))
            expect(distance(keyed(law), one!.expected)).toBeLessThan(1e-10)
          }
        ),
        settled(40)
      ),
    60_000
  )
})

describe("a classifier that is asked over all tokens", () => {
  const [size, strength] = [3, 1.5]
  /** Logits of two labels, a function of the whole text. */
  const judge = (text: ReadonlyArray<number>): ReadonlyArray<number> => [
    0,
    text.reduce((sum, token, i) => sum + Math.sin(1 + 2 * token + i), 0)
  ]
  const logProb = (text: ReadonlyArray<number>) => normal(judge(text))[1]!
  let asked = 0
  const classifier = LanguageModel.makeClassifier({
    name: "judge",
    labels: ["no", "yes"],
    run: (texts) =>
      Effect.sync(() => {
        asked += texts.length
        return texts.map((text) => Float32Array.from(judge(text as ReadonlyArray<number>)))
      })
  })
  const guided = (topK: number) =>
    Formula.add(model, Formula.scale(Formula.classifier(classifier, { label: "yes", topK }), strength))
  /** The same as a logit stream: the row of its log-probabilities, one for each next token. */
  const rows = Formula.stream(
    "log-probabilities of yes",
    Stream.map(({ completion, prompt }: LanguageModel.Context.Context) => {
      const text = [...(prompt as ReadonlyArray<number>), ...completion]
      return Float32Array.from({ length: size }, (_, token) => logProb([...text, token]))
    })
  )
  const streamed = Formula.add(model, Formula.scale(Formula.scores(rows), strength))

  test("has the law of its rows as a logit stream", async () => {
    const law = await lawOf(guided(size), { maxTokens: 3 })
    expect(law.size).toBe(27)
    expect(distance(law, await lawOf(streamed, { maxTokens: 3 }))).toBeLessThan(1e-6)
    expect(asked).toBeGreaterThan(0)
    // of fewer tokens it is another law
    expect(distance(await lawOf(guided(size - 1), { maxTokens: 3 }), law)).toBeGreaterThan(1e-2)
  })
  test.each(verifiers)("%s: also where a model drafts", async (verifier) => {
    const options = { maxTokens: 2, verifier }
    const speculate = { order: [1, 2], draftLengths: [2] } as const
    const drafted = await lawOf(Formula.supersede(draft, guided(size)), { ...options, speculate })
    expect(distance(drafted, await lawOf(guided(size), { maxTokens: 2 }))).toBeLessThan(1e-12)
    const stages = { order: [1, 2, 3], draftLengths: [1, 2] } as const
    const three = await lawOf(Formula.supersede(draft, streamed), { ...options, speculate: stages })
    expect(distance(drafted, three)).toBeLessThan(1e-6)
  })
})

describe("a reward model that is a language model of its own (GenARM): model() + 1 / beta * scores(model(…))", () => {
  /** pi(v) in proportion to base(v) * arm(v)^(1 / beta), arXiv:2410.08193, section 4. */
  const expected = (beta: number, maxTokens: number) =>
    byHand((last) => {
      const [base, arm] = [normal(modelRows[last]!), normal(rewardRows[last]!)]
      return base.map((x, token) => x + arm[token]! / beta)
    }, maxTokens)
  test.each([0.5, 1, 2.5])("beta %p: it is the law, and so is the sum that is not divided", async (beta) => {
    const formula = Formula.add(model, Formula.scale(Formula.scores(reward), 1 / beta))
    const byText = Formula.parseUnsafe(`base + ${1 / beta} * scores(arm)`, { names: { base: model, arm: reward } })
    for (const one of [formula, byText as Formula.Formula]) {
      expect(distance(await lawOf(one, { maxTokens: 3 }), expected(beta, 3))).toBeLessThan(1e-6)
    }
    const sum = Formula.add(model, Formula.scale(reward, 1 / beta))
    const undivided = await lawOf(sum, { maxTokens: 3, normalize: "none" })
    expect(distance(undivided, expected(beta, 3))).toBeLessThan(1e-6)
    // divided by 1 + 1 / beta it is the geometric mean, another law
    expect(distance(await lawOf(sum, { maxTokens: 3 }), expected(beta, 3))).toBeGreaterThan(1e-2)
  })
  test("several rewards at once", async () => {
    const formula = Formula.add(
      Formula.add(model, Formula.scale(Formula.scores(reward), 0.5)),
      Formula.scale(Formula.scores(draft), 2)
    )
    const wanted = byHand(
      (last) => modelRows[last]!.map((x, token) => x + 0.5 * rewardRows[last]![token]! + 2 * draftRows[last]![token]!),
      3
    )
    expect(distance(await lawOf(formula, { maxTokens: 3 }), wanted)).toBeLessThan(1e-6)
  })
})

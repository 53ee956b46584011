import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Formula, Generation } from "polylogit"
import * as Testing from "polylogit/testing"
import type { Verifier } from "../../src/speculation/verifier.ts"
import { distance, exactLaw } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { mixedModel } from "../support/mixed_model.ts"

/** Coins: logits of two tokens by the last one. */
const base = [
  [0.3, -0.2],
  [0, 0.7]
]
const up = [
  [1, -1],
  [0.5, -0.5]
]
const down = [
  [-0.5, 1],
  [-1, 0]
]
const { model, runs } = mixedModel(base, { "mood+": up, "mood-": down })
const plain = Formula.model(model)
const mood = (alpha: number) => Formula.interpolate(plain, { mood: alpha })

const normal = (row: ReadonlyArray<number>): ReadonlyArray<number> => {
  const logZ = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))
  return row.map((x) => x - logZ)
}
/** Log-softmax of base + alpha up + (1 - alpha) down. */
const moodByHand = (alpha: number, last: number) =>
  normal(base[last]!.map((x, i) => x + alpha * up[last]![i]! + (1 - alpha) * down[last]![i]!))
const baseByHand = (last: number) => normal(base[last]!)

/** What each formula is by hand, up to a constant. */
const formulas: ReadonlyArray<readonly [string, Formula.Formula, (last: number) => ReadonlyArray<number>]> = [
  ["a mix drafts for another", Formula.supersede(mood(0.2), mood(1.5)), (last) => moodByHand(1.5, last)],
  ["the base drafts for a mix", Formula.supersede(plain, mood(1.5)), (last) => moodByHand(1.5, last)],
  ["a mix drafts for the base", Formula.supersede(mood(-1), plain), baseByHand],
  [
    "two mixes draft for each other",
    Formula.subtract(Formula.scale(mood(0.2), 2), Formula.scale(mood(1.5), 0.5)),
    (last) => {
      const [a, b] = [moodByHand(0.2, last), moodByHand(1.5, last)]
      return a.map((x, i) => (2 * x - 0.5 * b[i]!) / 1.5)
    }
  ]
]
const verifierNames: ReadonlyArray<Verifier> = ["rejection", "block", "coupled"]

const lawOf = async (formula: Formula.Formula, options: Generation.GenerationOptions) => {
  const run = Stream.runCollect(Generation.events(formula, { prompt: [0], maxTokens: 3, ...options })).pipe(
    Effect.map((all) => all.flatMap((event) => (event._tag === "Token" ? [event.token] : [])).join())
  )
  const { outcomes } = await Effect.runPromise(exactLaw(run, { key: (text) => text }))
  return new Map(outcomes.map(({ probability, value }) => [value, probability]))
}
const expected = (byHand: (last: number) => ReadonlyArray<number>, temperature: number) => {
  const law = (completion: ReadonlyArray<number>) => {
    const scores = byHand(completion.at(-1) ?? 0).map((x) => x / temperature)
    return { probs: Float64Array.from(normal(scores), Math.exp) }
  }
  const { outcomes } = plainLaw(law, { maxTokens: 3 })
  return new Map(outcomes.map(({ probability, value }) => [value.join(), probability]))
}

describe("the law of what is written is the formula's, every answer of chance enumerated", () => {
  for (const [name, formula, byHand] of formulas) {
    test(`${name}: without speculation`, async () => {
      expect(distance(await lawOf(formula, {}), expected(byHand, 1))).toBeLessThan(1e-6)
    })
    for (const verifier of verifierNames) {
      test(`${name}: ${verifier}`, async () => {
        const speculate = { order: [1, 2], draftLengths: [2] } as const
        const drafted = await lawOf(formula, { speculate, verifier })
        // the model's rows are float32, those by hand are not
        expect(distance(drafted, expected(byHand, 1))).toBeLessThan(1e-6)
        expect(distance(drafted, await lawOf(formula, {}))).toBeLessThan(1e-12)
        const cold = { temperature: 0.5, verifier, speculate }
        expect(distance(await lawOf(formula, cold), expected(byHand, 0.5))).toBeLessThan(1e-6)
      })
    }
  }
  test("and no two of these laws are alike", () => {
    const laws = formulas.slice(1).map(([, , byHand]) => expected(byHand, 1))
    for (const [i, law] of laws.entries())
      for (const other of laws.slice(i + 1)) expect(distance(law, other)).toBeGreaterThan(0.05)
  })
})

test("a chain of mixes of one model: each stage asks for its own", async () => {
  runs.length = 0
  const formula = Formula.supersede(mood(0.2), mood(1.5))
  const events = Generation.events(formula, {
    prompt: [0],
    maxTokens: 4,
    seed: 1,
    speculate: { order: [1, 2], draftLengths: [2] }
  })
  await Effect.runPromise(Stream.runDrain(events))
  const asked = new Set(runs.flat().map(({ variant }) => JSON.stringify(variant)))
  expect([...asked].sort()).toEqual(['[["mood+",0.2],["mood-",0.8]]', '[["mood+",1.5],["mood-",-0.5]]'])
})

describe("formulas with a mix keep what operators keep", () => {
  const operators: ReadonlyArray<Testing.laws.Operator> = [
    { name: "plus a mix", arity: 1, formula: (a) => Formula.add(a!, Formula.scale(mood(1.5), 0.5)) },
    {
      name: "a mix drafts for a union with one",
      arity: 1,
      formula: (a) => Formula.supersede(mood(0.2), Formula.union(a!, mood(2)))
    }
  ]
  test.each(operators.map((operator) => [operator.name, operator] as const))("%s (property)", (_, operator) =>
    Effect.runPromise(Testing.laws.operator(operator, { numRuns: 15, seed: 7, vocabularySize: 2 }))
  )
})

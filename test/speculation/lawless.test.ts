import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Formula, Generation, LanguageModel } from "polylogit"
import { distance, exactLaw } from "polylogit/testing"
import { failure } from "../support/run.ts"

const no = Number.NEGATIVE_INFINITY
const table = (rows: ReadonlyArray<ReadonlyArray<number>>) => Formula.model(LanguageModel.table(rows))
const base = table([
  [0, 0.5, 1],
  [1, 0, 0.2],
  [0.3, 0.3, 0]
])
const whole = table([
  [0.1, 0, 0.4],
  [0.2, 0.6, 0],
  [0, 1, 0.5]
])

/** The law of the first tokens, by every answer of chance. */
const lawOf = async (formula: Formula.Formula, options: Generation.GenerationOptions) => {
  const run = Effect.map(
    Stream.runCollect(Generation.events(formula, { prompt: [0], maxTokens: 2, ...options })),
    (all) => all.flatMap((event) => (event._tag === "Token" ? [event.token] : [])).join()
  )
  const { outcomes } = await Effect.runPromise(exactLaw(run, { key: (text) => text }))
  return new Map(outcomes.map(({ probability, value }) => [value, probability]))
}

/** Half of it is a draft that a negative coefficient makes impossible behind token 1. */
const partly = Formula.subtract(
  base,
  Formula.scale(
    Formula.supersede(
      table([
        [0, 0.2, 0.1],
        [0, no, 0],
        [0.1, 0.3, 0]
      ]),
      whole
    ),
    0.4
  )
)

test.each(["rejection", "block", "coupled"] as const)(
  "a draft formula without a law somewhere proposes nothing there, and the law stays (%s)",
  async (verifier) => {
    const plain = await lawOf(partly, {})
    for (const order of [
      [[1, 2], [3]],
      [[1], [2], [3]]
    ]) {
      for (const bonus of [true, false]) {
        const draftLengths = order.slice(1).map(() => 4 - order.length)
        const speculate = { order, draftLengths, bonus: draftLengths.map(() => bonus) }
        expect(distance(await lawOf(partly, { speculate, verifier }), plain)).toBeLessThan(1e-10)
      }
    }
  }
)

/** Behind token 2, which it never says itself, it has no law. */
const neverTwo = table([
  [0, 1, no],
  [1, 0, no],
  [no, no, no]
])

test("a text that is only drafted, and not kept, is no error; one that comes there is", async () => {
  const formula = Formula.supersede(base, neverTwo)
  const speculate = { order: [1, 2], draftLengths: [3] }
  expect(distance(await lawOf(formula, { speculate }), await lawOf(formula, {}))).toBeLessThan(1e-10)
  const there = Generation.events(formula, { prompt: [2], speculate })
  expect(await failure(Stream.runCollect(there))).toMatchObject({ _tag: "EvaluationError", reason: "nothing" })
})

test("a draft that gives no number is an error, not a draft the less", async () => {
  const broken = Formula.supersede(
    table([
      [Number.NaN, 0],
      [0, 0]
    ]),
    table([
      [0, 0],
      [0, 0]
    ])
  )
  const run = Generation.events(broken, { prompt: [0], speculate: { order: [1, 2], draftLengths: [2] } })
  expect(await failure(Stream.runCollect(run))).toMatchObject({ _tag: "EvaluationError", reason: "number" })
})

import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { Evaluation, Formula, LanguageModel } from "polylogit"
import { logits } from "../support/arbitraries.ts"
import { countedModel } from "../support/counted_model.ts"
import { failure } from "../support/run.ts"

const table = fc.array(logits(4), { minLength: 4, maxLength: 4 })
const tokens = (minLength: number) => fc.array(fc.integer({ min: 0, max: 3 }), { minLength, maxLength: 9 })
const texts = fc
  .array(fc.record({ prompt: tokens(1), completion: tokens(0) }), { minLength: 1, maxLength: 6 })
  .filter((all) => all.some(({ completion }) => completion.length > 0))

/** The mean surprise, token by token, from probabilities. */
const direct = (
  law: (last: number) => ReadonlyArray<number>,
  all: ReadonlyArray<{ prompt: ReadonlyArray<number>; completion: ReadonlyArray<number> }>
) => {
  let [product, count] = [0, 0]
  for (const { completion, prompt } of all) {
    let last = prompt.at(-1)!
    for (const token of completion) {
      const weights = law(last)
      product += Math.log(weights[token]! / weights.reduce((a, b) => a + b, 0))
      count++
      last = token
    }
  }
  return Math.exp(-product / count)
}

test("is exp of the mean surprise, under a model and under a formula", () =>
  fc.assert(
    fc.asyncProperty(table, table, texts, async (a, b, all) => {
      const [first, second] = [LanguageModel.table(a), LanguageModel.table(b)]
      const plain = await Effect.runPromise(Evaluation.perplexity(first, all))
      expect(plain.perplexity / direct((last) => a[last]!.map(Math.exp), all)).toBeCloseTo(1, 5)
      expect(plain.tokens).toBe(all.flatMap(({ completion }) => completion).length)
      expect(plain.logProbs).toHaveLength(all.length)
      // 2 a - b has weight 1, so that its law is proportional to A^2 / B
      const formula = Formula.model(first).pipe(Formula.scale(2), Formula.subtract(Formula.model(second)))
      const law = (last: number) => a[last]!.map((x, i) => Math.exp(2 * x - b[last]![i]!))
      const mixed = await Effect.runPromise(Evaluation.perplexity(formula, all))
      expect(mixed.perplexity / direct(law, all)).toBeCloseTo(1, 4)
    }),
    { numRuns: 50 }
  ))

test("texts are scored together, whatever lengths they have", async () => {
  const { model, runs } = countedModel()
  const all = [1, 5, 0, 3].map((length) => ({ prompt: [1], completion: Array(length).fill(2) }))
  const { logProbs } = await Effect.runPromise(Evaluation.perplexity(model, all))
  expect(runs).toHaveLength(1)
  expect(logProbs[2]).toBe(0)
})

test("rows that would fill the memory come in parts, with the same result", async () => {
  const size = 2 ** 20
  const asked: Array<number> = []
  const even = LanguageModel.uniform(size)
  const score: typeof even.score = (requests) => {
    asked.push(requests.reduce((sum, { context, from }) => sum + context.length - from + 1, 0))
    return even.score(requests)
  }
  const all = [3, 2].map((length) => ({ prompt: [0], completion: Array.from({ length }, (_, i) => i) }))
  const { perplexity } = await Effect.runPromise(Evaluation.perplexity({ ...even, score }, all))
  expect(perplexity / size).toBeCloseTo(1, 4)
  expect(asked.reduce((a, b) => a + b, 0)).toBe(5)
  expect(Math.max(...asked)).toBeLessThanOrEqual(4)
})

test("an impossible token has no end of surprise", async () => {
  const model = LanguageModel.table([
    [0, -Infinity],
    [0, 0]
  ])
  const { perplexity } = await Effect.runPromise(Evaluation.perplexity(model, [{ prompt: [0], completion: [0, 1] }]))
  expect(perplexity).toBe(Infinity)
})

test.each([
  [[], "there is no text with a token"],
  [[{ prompt: [0], completion: [] }], "there is no text with a token"],
  [[{ prompt: [0], completion: [4] }], "untokenized has ids from 0 to 3, and 4 came"],
  [[{ prompt: [0], completion: [0.5] }], "untokenized has ids from 0 to 3, and 0.5 came"]
])("%j is refused", async (all, reason) => {
  const error = await failure(Evaluation.perplexity(LanguageModel.uniform(4), all))
  expect([error._tag, error.message]).toEqual(["ExperimentError", expect.stringContaining(reason)])
})

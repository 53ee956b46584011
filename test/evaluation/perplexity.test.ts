import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { Evaluation, Formula, LanguageModel, Vocabulary } from "polylogit"
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
  // the next number is e^20 times as likely as any other
  const counting = LanguageModel.make({
    name: "counting",
    vocabulary: Vocabulary.untokenized(size),
    contextLength: 100,
    run: (requests) => {
      asked.push(requests.reduce((sum, { context, from }) => sum + context.length - from + 1, 0))
      const row = (last: number) => new Float32Array(size).fill(20, last + 1, last + 2)
      return Effect.succeed(requests.map(({ context, from }) => context.slice(from - 1).map(row)))
    }
  })
  const all = [
    { prompt: [0], completion: [1, 2, 3] },
    { prompt: [9], completion: [10, 11, 12, 13, 14, 50] }
  ]
  const { logProbs } = await Effect.runPromise(Evaluation.perplexity(counting, all))
  const rest = Math.log(Math.exp(20) + size - 1)
  expect(logProbs[0]!).toBeCloseTo(3 * (20 - rest), 5)
  expect(logProbs[1]!).toBeCloseTo(5 * (20 - rest) - rest, 4)
  expect(asked).toEqual([4, 4, 1])
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

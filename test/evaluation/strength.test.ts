import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { Evaluation, LanguageModel } from "polylogit"
import { failure } from "../support/run.ts"

/** Probabilities by the first token of a text: token i has probability (i + 1) / 10 of `yes`. */
const calls: Array<number> = []
const classifier = LanguageModel.makeClassifier({
  name: "tenths",
  labels: ["no", "yes"],
  run: (texts) => {
    calls.push(texts.length)
    return Effect.succeed(
      texts.map((text) => Float32Array.of(0, Math.log((Number(text[0]) + 1) / (9 - Number(text[0])))))
    )
  }
})
const judge = { classifier, label: "yes" }

test("is the mean probability of the label, and the share of texts of which it is the likeliest", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 90 }), { minLength: 1, maxLength: 5 }),
      async (groups) => {
        const texts = groups.map((group) => group.map((i) => [i]))
        const { probability, share } = await Effect.runPromise(Evaluation.strength(judge, texts))
        const expected = Evaluation.clusteredInterval(groups.map((group) => group.map((i) => (i + 1) / 10)))
        expect(probability.count).toBe(expected.count)
        for (const end of ["low", "mean", "high"] as const) {
          if (Number.isFinite(expected[end])) expect(probability[end]).toBeCloseTo(expected[end], 5)
          else expect(probability[end]).toBe(expected[end])
        }
        // 4 is even, up to the rounding of its logit
        if (!groups.flat().includes(4)) {
          expect(share).toEqual(Evaluation.clusteredInterval(groups.map((all) => all.map((i) => (i > 4 ? 1 : 0)))))
        }
      }
    )
  ))

test("texts are classified 64 in a call", async () => {
  calls.length = 0
  await Effect.runPromise(Evaluation.strength(judge, [Array(100).fill([1]), Array(40).fill([2])]))
  expect(calls).toEqual([64, 64, 12])
})

test("a classifier that judges for several labels reads the texts once", async () => {
  const texts = [[[1], [8]], [[3]]]
  const apart = await Promise.all(
    ["no", "yes"].map((label) => Effect.runPromise(Evaluation.strength({ classifier, label }, texts)))
  )
  calls.length = 0
  const judges = ["no", "yes"].map((label) => ({ classifier, label }))
  expect(await Effect.runPromise(Evaluation.strengths(judges, texts))).toEqual(apart)
  expect(calls).toEqual([3])
})

test("of a single label it is the likeliest from one half on", async () => {
  const single = LanguageModel.makeClassifier({
    name: "single",
    labels: ["yes"],
    probabilities: "sigmoid",
    run: (texts) => Effect.succeed(texts.map((text) => Float32Array.of(Number(text[0]))))
  })
  const run = Evaluation.strength({ classifier: single, label: "yes" }, [[[-2], [-1], [0], [1]]])
  expect((await Effect.runPromise(run)).share.mean).toBe(0.5)
})

test("a label that the classifier has not is refused", async () => {
  const error = await failure(Evaluation.strength({ classifier, label: "maybe" }, []))
  expect(error.message).toBe("Cannot find the label maybe of tenths: it has no, yes")
})

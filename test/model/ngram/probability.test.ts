import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { fit } from "../../../src/model/ngram/fit.ts"
import { find, type NGram } from "../../../src/model/ngram/n_gram.ts"
import { logProbs, probability, row } from "../../../src/model/ngram/probability.ts"
import { contexts, corpora } from "./arbitraries.ts"

/** The levels of a model that hold the end of a context. */
const holds = (model: NGram, context: ReadonlyArray<number>): boolean => {
  let at = 0
  for (let k = 0; k < context.length && at >= 0; k++) at = find(model.levels[k]!, at, context[k]!)
  return at >= 0
}

const property = (body: (model: NGram, context: ReadonlyArray<number>) => void) =>
  fc.assert(
    fc.property(corpora, contexts, ({ options, sequences }, context) => body(fit(sequences, options), context)),
    { numRuns: 500 }
  )

describe("for every corpus, every pruning and every context", () => {
  test("a law sums to one and every token is possible", () =>
    property((model, context) => {
      const law = row(model, context)
      expect(law.length).toBe(model.vocabularySize)
      expect(Math.abs(law.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-12)
      for (const p of law) expect(p).toBeGreaterThan(0)
    }))

  test("the probability of a token is its entry in the row, bit for bit", () =>
    property((model, context) => {
      for (const [token, p] of row(model, context).entries()) expect(probability(model, context, token)).toBe(p)
      for (const token of [-1, 0.5, model.vocabularySize, Number.NaN])
        expect(probability(model, context, token)).toBe(0)
    }))

  test("log-probabilities are the logarithms of the row, in float32", () =>
    property((model, context) => {
      expect(logProbs(model, context)).toEqual(Float32Array.from(row(model, context).map(Math.log)))
    }))

  test("only the last order - 1 tokens count", () =>
    property((model, context) => {
      const last = context.slice(Math.max(0, context.length - model.order + 1))
      expect(row(model, context)).toEqual(row(model, last))
    }))

  test("a context that was not seen has the law of the context without its first token", () =>
    property((model, context) => {
      const last = context.slice(Math.max(0, context.length - model.order + 1))
      if (last.length > 0 && !holds(model, last)) expect(row(model, last)).toEqual(row(model, last.slice(1)))
    }))
})

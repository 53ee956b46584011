import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { fit } from "../../../src/model/ngram/fit.ts"
import { ngram } from "../../../src/model/ngram/language_model.ts"
import { logProbs } from "../../../src/model/ngram/probability.ts"
import { untokenized } from "../../../src/vocabulary/vocabulary.ts"
import { languageModelLaws } from "../../support/language_model_laws.ts"

const text = Array.from({ length: 400 }, (_, i) => (i * i + (i >> 2)) % 7)

for (const order of [1, 2, 5]) {
  const model = fit([text], { order, vocabularySize: 7 })
  languageModelLaws(`an n-gram model of order ${order}`, () => Effect.succeed(ngram(untokenized(7), model)), {
    tolerance: 0
  })
}

describe("an n-gram model as a language model", () => {
  const model = fit([text], { order: 3, vocabularySize: 7 })

  test("gives the rows after each beginning of the context, however long it is", async () => {
    const context = [...text, ...text]
    const [rows] = await Effect.runPromise(ngram(untokenized(7), model).score([{ context, from: 1 }]))
    expect(rows!.length).toBe(800)
    for (const [i, row] of rows!.entries()) expect(row).toEqual(logProbs(model, context.slice(0, i + 1)))
  })

  test("has the name that it is given", () => {
    expect(ngram(untokenized(7), model).name).toBe("ngram")
    expect(ngram(untokenized(7), model, { name: "draft" }).name).toBe("draft")
  })

  test("scores nothing with a vocabulary that its tokens mean nothing in", async () => {
    const other = ngram({ ...untokenized(7, { name: "seven" }), fingerprint: "7" }, model)
    const error = await Effect.runPromise(Effect.flip(other.score([{ context: [0], from: 1 }])))
    expect(error._tag).toBe("ModelError")
    expect(error.message).toContain("of vocabulary untokenized:7 (7 tokens) with seven, which is 7 (7 tokens)")
  })
})

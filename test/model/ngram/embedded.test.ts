import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as Result from "effect/Result"
import { load } from "../../../src/model/ngram/load.ts"
import type { NGram } from "../../../src/model/ngram/n_gram.ts"
import { probability, row } from "../../../src/model/ngram/probability.ts"
import { fromFiles } from "../../../src/vocabulary/from_files.ts"

const embedded = join(import.meta.dir, "../../../src/embedded")
const bytes = await Bun.file(join(embedded, "ngram/tales.ngram")).bytes()
const vocabulary = Result.getOrThrow(
  fromFiles({
    name: "tales",
    tokenizerJson: await Bun.file(join(embedded, "tales/tokenizer.json")).json(),
    tokenizerConfig: await Bun.file(join(embedded, "tales/tokenizer_config.json")).json()
  })
)

describe("the n-gram model that ships", () => {
  const model = Result.getOrThrow(load(bytes, { vocabulary }))
  const unigram: NGram = { ...model, order: 1, levels: model.levels.slice(0, 1) }
  const tokens = vocabulary.tokenizer!.encode(
    "A fairy tale.\n\nOnce upon a time there was a king who had three daughters, and the youngest was very beautiful.",
    { special: true }
  )
  const loss = (self: NGram) =>
    tokens.reduce((sum, token, i) => (i === 0 ? 0 : sum - Math.log(probability(self, tokens.slice(0, i), token))), 0) /
    (tokens.length - 1)

  test("has 4 MB at most", () => expect(bytes.length).toBeLessThanOrEqual(4e6))

  test("knows what a fairy tale is like, and single tokens do not", () => {
    expect(loss(model)).toBeLessThan(3)
    expect(loss(unigram)).toBeGreaterThan(6)
  })

  test("has laws that sum to one, wherever it is", () => {
    for (let length = 0; length <= tokens.length; length++) {
      const law = row(model, tokens.slice(0, length))
      expect(Math.abs(law.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-12)
      expect(law.every((p) => p > 0)).toBe(true)
      expect(law[7]).toBe(probability(model, tokens.slice(0, length), 7))
    }
  })

  test("the file is the one that its card tells of", async () => {
    const card = await Bun.file(join(embedded, "ngram/README.md")).text()
    expect(card).toContain(new Bun.CryptoHasher("sha256").update(bytes).digest("hex"))
    expect(card).toContain(`${bytes.length} bytes`)
  })
})

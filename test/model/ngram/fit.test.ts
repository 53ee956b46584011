import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { fit, fromText } from "../../../src/model/ngram/fit.ts"
import type { NGram } from "../../../src/model/ngram/n_gram.ts"
import { probability } from "../../../src/model/ngram/probability.ts"
import { philox } from "../../../src/sampling/philox.ts"
import { fromFiles } from "../../../src/vocabulary/from_files.ts"
import { untokenized } from "../../../src/vocabulary/vocabulary.ts"
import { corpora } from "./arbitraries.ts"

const size = (model: NGram) => model.levels.reduce((sum, level) => sum + level.tokens.length, 0)

/** Every n-gram of a level with its count, by its tokens. */
const table = (model: NGram, k: number): Map<string, number> => {
  let contexts: Array<ReadonlyArray<number>> = [[]]
  for (let level = 0; ; level++) {
    const { counts, first, tokens } = model.levels[level]!
    const grams = contexts.flatMap((context, i) =>
      [...tokens.subarray(first[i], first[i + 1])].map((token) => [...context, token])
    )
    if (level === k) return new Map(grams.map((gram, i) => [gram.join(), counts[i]!]))
    contexts = grams
  }
}

/** Every n-gram of `length` tokens in sequences, counted the slow way. */
const countedSlowly = (sequences: ReadonlyArray<ReadonlyArray<number>>, length: number): Map<string, number> => {
  const found = new Map<string, number>()
  for (const sequence of sequences) {
    for (let i = 0; i + length <= sequence.length; i++) {
      const gram = sequence.slice(i, i + length).join()
      found.set(gram, (found.get(gram) ?? 0) + 1)
    }
  }
  return found
}

const sorted = (found: Map<string, number>) => [...found].sort(([one], [other]) => (one < other ? -1 : 1))

describe("fit", () => {
  test("the longest n-grams have their plain counts", () =>
    fc.assert(
      fc.property(corpora, ({ options, sequences }) => {
        const { minCounts: _, minGain: __, ...unpruned } = options
        const counts = table(fit(sequences, unpruned), options.order - 1)
        expect(sorted(counts)).toEqual(sorted(countedSlowly(sequences, options.order)))
      })
    ))

  test("a shorter one counts once for each token before it and each sequence that it begins", () =>
    fc.assert(
      fc.property(corpora, ({ options, sequences }) => {
        const model = fit(sequences, { order: 4, vocabularySize: options.vocabularySize })
        for (const length of [1, 2, 3]) {
          const expected = new Map<string, number>()
          const add = (gram: string, by: number) => expected.set(gram, (expected.get(gram) ?? 0) + by)
          for (const gram of countedSlowly(sequences, length + 1).keys()) add(gram.split(",").slice(1).join(), 1)
          const beginnings = sequences.filter((one) => one.length >= length).map((one) => one.slice(0, length).join())
          for (const gram of length === 1 ? new Set(beginnings) : beginnings) add(gram, 1)
          expect(sorted(table(model, length - 1))).toEqual(sorted(expected))
        }
      })
    ))

  test("the order of the sequences plays no part", () =>
    fc.assert(
      fc.property(
        corpora.chain(({ options, sequences }) =>
          fc.tuple(
            fc.constant(options),
            fc.constant(sequences),
            fc.shuffledSubarray(sequences, { minLength: sequences.length })
          )
        ),
        ([options, sequences, shuffled]) => expect(fit(shuffled, options)).toEqual(fit(sequences, options))
      )
    ))

  // each token follows from the one before it, more often than not
  const text = [0]
  for (let i = 0; i < 2000; i++) {
    const [chosen, whether] = philox([i, 0, 0, 0], [1, 0])
    text.push(whether < 2 ** 31 ? (2 * text[i]! + 1) % 7 : chosen % 7)
  }

  test("an n-gram stays when its loss would cost what is asked, and the more is asked the fewer stay", () => {
    const sizes = [0, 1e-4, 1e-3, 1e-2, 1].map((minGain) => size(fit([text], { order: 4, vocabularySize: 7, minGain })))
    expect(sizes).toEqual([...sizes].sort((one, other) => other - one))
    expect(new Set(sizes).size).toBe(5)
    expect(sizes[4]).toBe(7)
  })

  test("what is pruned by gain costs less than what is pruned by count", () => {
    const loss = (model: NGram) =>
      text.reduce((sum, token, i) => sum - Math.log(probability(model, text.slice(Math.max(0, i - 3), i), token)), 0)
    const byCount = fit([text], { order: 4, vocabularySize: 7, minCounts: [1, 10, 10, 10] })
    const byGain = fit([text], { order: 4, vocabularySize: 7, minGain: 0.005 })
    expect(size(byGain)).toBeLessThanOrEqual(size(byCount))
    expect(loss(byGain)).toBeLessThan(loss(byCount))
  })

  test("tokens outside of the vocabulary, orders that are none and vocabularies of nothing are refused", () => {
    for (const token of [-1, 4, 0.5, Number.NaN]) {
      expect(() => fit([[0, token]], { order: 2, vocabularySize: 4 })).toThrow(`Cannot count token ${token}`)
    }
    for (const order of [0, 17, 1.5]) {
      expect(() => fit([], { order, vocabularySize: 4 })).toThrow(`Cannot fit n-grams of order ${order}`)
    }
    expect(() => fit([], { order: 1, vocabularySize: 0 })).toThrow("Cannot fit n-grams over 0 tokens")
  })
})

describe("fromText", () => {
  const tokenizerJson = {
    model: { type: "WordLevel", vocab: { "<s>": 0, "</s>": 1, a: 2, b: 3 }, unk_token: "b" },
    pre_tokenizer: { type: "WhitespaceSplit" }
  }
  const config = { bos_token_id: 0, eos_token_id: 1 }

  test("texts begin and end as the vocabulary has it", () => {
    const vocabulary = Result.getOrThrow(fromFiles({ name: "ab", tokenizerJson, config }))
    const model = fromText(vocabulary, ["a b", "b"], { order: 3, minCounts: [1, 1, 2] })
    const { fingerprint } = vocabulary
    expect(model).toEqual(
      fit(
        [
          [0, 2, 3, 1],
          [0, 3, 1]
        ],
        { order: 3, vocabularySize: 4, minCounts: [1, 1, 2], fingerprint }
      )
    )
  })

  test("without such tokens they are counted as they are", () => {
    const vocabulary = Result.getOrThrow(fromFiles({ name: "ab", tokenizerJson }))
    expect(table(fromText(vocabulary, ["a b"], { order: 2 }), 1)).toEqual(new Map([["2,3", 1]]))
  })

  test("a vocabulary without a tokenizer is refused", () => {
    expect(() => fromText(untokenized(4), [], { order: 2 })).toThrow("as untokenized has no tokenizer")
  })
})

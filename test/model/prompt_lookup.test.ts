import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { LanguageModel, Vocabulary } from "polylogit"
import { languageModelLaws } from "../support/language_model_laws.ts"

languageModelLaws("prompt lookup", () => Effect.succeed(LanguageModel.promptLookup(3)), { tolerance: 0 })
languageModelLaws(
  "prompt lookup of two or three tokens",
  () => Effect.succeed(LanguageModel.promptLookup(2, { shortest: 2, longest: 3 })),
  { tolerance: 0 }
)

const score = async (model: LanguageModel.LanguageModel, context: ReadonlyArray<number>, from = context.length) =>
  (await Effect.runPromise(model.score([{ context, from }])))[0]!

/** The row of a guess; of none where the guess is undefined. */
const rowOf = (guess: number | undefined, size: number) =>
  Float32Array.from({ length: size }, (_, token) =>
    guess === undefined ? -Math.log(size) : token === guess ? 0 : Number.NEGATIVE_INFINITY
  )

/** Four tokens: a = 0, b = 1, c = 2, d = 3. */
const [a, b, c, d] = [0, 1, 2, 3]

describe("by hand", () => {
  test.each([
    ["a single token has nothing before it", {}, [a], undefined],
    ["no token is repeated", {}, [a, b, c], undefined],
    ["what followed a", {}, [a, b, a], b],
    ["a token that follows itself", {}, [a, a], a],
    ["an occurrence may overlap the suffix", {}, [a, b, a, b], a],
    ["the most recent of two occurrences", {}, [a, b, a, c, a], c],
    ["the longer suffix, though its occurrence is older", {}, [b, a, c, a, d, b, a], c],
    ["the most recent of the longest", {}, [b, a, c, b, a, d, a, c, b, a], d],
    ["longest 1 looks at one token only", { longest: 1 }, [b, a, c, a, d, b, a], d],
    ["of 3 tokens, an older occurrence", { longest: 3 }, [d, b, a, c, c, b, a, d, d, b, a], c],
    ["of 2 tokens, a newer one", { longest: 2 }, [d, b, a, c, c, b, a, d, d, b, a], d],
    ["shortest 2: one token is not enough", { shortest: 2 }, [a, b, a], undefined],
    ["shortest 2: two are", { shortest: 2 }, [a, b, c, a, b], c],
    ["shortest 2 in a text of two", { shortest: 2 }, [a, a], undefined],
    ["shortest 2, longest 2", { shortest: 2, longest: 2 }, [a, a, a], a]
  ] as const)("%s", async (_, options, context, guess) => {
    expect(await score(LanguageModel.promptLookup(4, options), context)).toEqual([rowOf(guess, 4)])
  })

  test("a row sees what stands before it, and nothing behind", async () => {
    expect(await score(LanguageModel.promptLookup(4), [a, b, a, c, a], 1)).toEqual(
      [undefined, undefined, b, undefined, c].map((guess) => rowOf(guess, 4))
    )
  })

  test("sixteen tokens are looked at unless said otherwise", async () => {
    // the same 16 tokens with c and with d before, and with other tokens after
    const same = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? a : b))
    const context = [d, ...same, c, c, ...same, d, d, ...same]
    expect(await score(LanguageModel.promptLookup(4), context)).toEqual([rowOf(d, 4)])
    expect(await score(LanguageModel.promptLookup(4, { longest: 17 }), context)).toEqual([rowOf(c, 4)])
    // and sixteen are: the newer occurrence has 15 of them
    const newer = [...same, c, d, ...same.slice(1), d, ...same]
    expect(await score(LanguageModel.promptLookup(4), newer)).toEqual([rowOf(c, 4)])
  })
})

test("the guess is that of looking for every suffix in turn, longest first", async () => {
  const naive = (context: ReadonlyArray<number>, longest: number, shortest: number) => {
    for (let length = longest; length >= shortest; length--) {
      if (length >= context.length) continue
      const suffix = context.slice(-length).join()
      for (let start = context.length - length - 1; start >= 0; start--) {
        if (context.slice(start, start + length).join() === suffix) return context[start + length]
      }
    }
    return undefined
  }
  const size = fc.integer({ min: 1, max: 4 })
  await fc.assert(
    fc.asyncProperty(
      size,
      fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 }),
      fc.nat(1_000),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(5),
      async (size, numbers, at, shortest, more) => {
        const context = numbers.map((n) => n % size)
        const from = 1 + (at % context.length)
        const model = LanguageModel.promptLookup(size, { shortest, longest: shortest + more })
        const expected = context
          .slice(from - 1)
          .map((_, i) => rowOf(naive(context.slice(0, from + i), shortest + more, shortest), size))
        expect(await score(model, context, from)).toEqual(expected)
      }
    ),
    { numRuns: 300 }
  )
})

test("lengths that are none are refused", () => {
  const refused = (options: { readonly longest?: number; readonly shortest?: number }) =>
    expect(() => LanguageModel.promptLookup(4, options)).toThrow(RangeError)
  for (const length of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    refused({ shortest: length })
    refused({ longest: length })
  }
  refused({ shortest: 17 })
  expect(() => LanguageModel.promptLookup(4, { shortest: 3, longest: 2 })).toThrow(
    "Cannot look up suffixes of 3 to 2 tokens: both are whole numbers, the shortest 1 at least and the longest no less"
  )
  expect(LanguageModel.promptLookup(4, { shortest: 2, longest: 2 }).vocabulary.size).toBe(4)
})

test("its name and its vocabulary are those given", () => {
  const vocabulary = Vocabulary.untokenized(2, { name: "two" })
  expect(LanguageModel.promptLookup(vocabulary).vocabulary).toBe(vocabulary)
  expect([LanguageModel.promptLookup(2).name, LanguageModel.promptLookup(2, { name: "q" }).name]).toEqual([
    "prompt lookup",
    "q"
  ])
})

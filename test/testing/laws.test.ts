import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Formula from "../../src/formula/mod.ts"
import { type LanguageModel, make, type ScoreRequest } from "../../src/model/language_model.ts"
import { fromFunction, table } from "../../src/model/table.ts"
import { propose } from "../../src/sampling/propose.ts"
import { coupled } from "../../src/speculation/coupled.ts"
import { verify } from "../../src/speculation/verify.ts"
import { rowDistance } from "../../src/testing/laws/asking.ts"
import { languageModel, languageModelLaws } from "../../src/testing/laws/language_model.ts"
import { operator } from "../../src/testing/laws/operator.ts"
import { type SamplerParts, sampler } from "../../src/testing/laws/sampler.ts"
import { untokenized } from "../../src/vocabulary/vocabulary.ts"
import { failure } from "../support/run.ts"

const run = Effect.runPromise

describe("each law of language models is broken by some model", () => {
  const size = 3
  const right = (context: ReadonlyArray<number>) => Float32Array.from([context.length, context.at(-1)!, 0])
  const answer = ({ context, from }: ScoreRequest, row = right) =>
    Array.from({ length: context.length - from + 1 }, (_, i) => row(context.slice(0, from + i)))
  const over = (
    answers: (requests: ReadonlyArray<ScoreRequest>) => ReadonlyArray<ReadonlyArray<Float32Array>>,
    contextLength = 30
  ) =>
    make({
      name: "wrong",
      vocabulary: untokenized(size),
      contextLength,
      run: (requests) => Effect.sync(() => answers(requests))
    })

  /** A model for each law, in their order. */
  const wrong: ReadonlyArray<readonly [what: string, model: () => LanguageModel, message: string]> = [
    [
      "its rows depend on where a call begins",
      () =>
        over((requests) => requests.map((one) => answer(one, (context) => right(context).map((x) => x + one.from)))),
      "The rows differ by"
    ],
    [
      "its rows are too long",
      () => over((requests) => requests.map((one) => answer(one, () => new Float32Array(size + 1)))),
      "A row has 4 logits for 3 tokens"
    ],
    [
      "it remembers the longest context",
      () => {
        let longest = 0
        return over((requests) =>
          requests.map((one) => {
            longest = Math.max(longest, one.context.length)
            return answer(one, (context) => right(context).map((x) => x + longest))
          })
        )
      },
      "The rows differ by"
    ],
    [
      "it goes on where it was, whatever it is asked",
      () => {
        let last: ReadonlyArray<number> = []
        return over((requests) =>
          requests.map((one) => {
            const grown = one.context.length > last.length ? 0 : last.length
            last = one.context
            return answer(one, (context) => right(context).map((x) => x + grown))
          })
        )
      },
      "The rows differ by"
    ],
    [
      "its batches have their answers the other way round",
      () => over((requests) => requests.map((one) => answer(one)).reverse()),
      "The rows differ by"
    ],
    [
      "its answers of one call hold one and the same row",
      () =>
        over((requests) => {
          const rows = new Map<string, Float32Array<ArrayBuffer>>()
          return requests.map((one) =>
            answer(one, (context) => {
              if (!rows.has(context.join())) rows.set(context.join(), right(context))
              return rows.get(context.join())!
            })
          )
        }),
      "Two answers of one call share their rows"
    ],
    [
      "an interruption breaks it",
      () => {
        let broken = 0
        return make({
          name: "wrong",
          vocabulary: untokenized(size),
          contextLength: 30,
          run: (requests) =>
            Effect.as(
              Effect.onInterrupt(requests[0]!.context.length > 24 ? Effect.sleep(20) : Effect.void, () =>
                Effect.sync(() => broken++)
              ),
              requests
            ).pipe(
              Effect.map((all) => all.map((one) => answer(one, (context) => right(context).map((x) => x + broken))))
            )
        })
      },
      "The rows differ by"
    ],
    [
      "it takes whatever it is given",
      () => ({ ...over(() => []), score: (requests) => Effect.sync(() => requests.map((one) => answer(one))) }),
      "were not refused as ModelError"
    ]
  ]
  test.each(wrong.map(([what, model, message], i) => [languageModelLaws[i]!.name, what, model, message] as const))(
    "%s: not where %s",
    async (name, _, model, message) => {
      const law = languageModelLaws.find((one) => one.name === name)!
      const broken = await failure(law.holds(model()))
      expect(broken.law).toBe(name)
      expect(broken.message).toContain(message)
      expect((await failure(languageModel(model())))._tag).toBe("LawBroken")
    },
    30_000
  )
  test("there is one for each", () => expect(wrong).toHaveLength(languageModelLaws.length))
  test("and a tolerance forgives what is near", async () => {
    let calls = 0
    const noisy = () => fromFunction(2, () => [calls++ % 2 === 0 ? 0 : 1e-5, 0])
    await run(languageModel(noisy(), { tolerance: 2e-5 }))
    expect((await failure(languageModel(noisy()))).law).toBe(languageModelLaws[0]!.name)
  }, 30_000)
})

test("the distance of rows is infinite where their shapes or their impossible tokens differ", () => {
  const [a, b] = [Float32Array.of(0, 1), Float32Array.of(0, 3)]
  const none = Float32Array.of(0, Number.NEGATIVE_INFINITY)
  expect(rowDistance([a, a], [a, b])).toBe(2)
  expect(rowDistance([none], [none])).toBe(0)
  for (const other of [
    [],
    [a, a],
    [Float32Array.of(0)],
    [Float32Array.of(0, 1, 2)],
    [none],
    [Float32Array.of(0, Number.NaN)]
  ])
    expect(rowDistance([a], other)).toBe(Number.POSITIVE_INFINITY)
})

describe("laws of operators", () => {
  const formulas: ReadonlyArray<readonly [string, number, (...of: ReadonlyArray<Formula.Formula>) => Formula.Formula]> =
    [
      ["a difference", 2, (a, b) => Formula.subtract(Formula.scale(a!, 2), b!)],
      ["a union, which has no draft of one side", 2, (a, b) => Formula.union(a!, b!)],
      ["a formula of three", 3, (a, b, c) => Formula.add(a!, Formula.selfDebias(b!, c!, 3))],
      ["a mask", 1, (a) => Formula.topK(a!, 2)]
    ]
  test.each(formulas)(
    "%s keeps them",
    (name, arity, formula) => run(operator({ name, arity, formula }, { numRuns: 6 })),
    30_000
  )

  test("an operator whose formula has no positive weight is told so", async () => {
    const nothing = {
      name: "nothing",
      arity: 2,
      formula: (a: Formula.Formula, b: Formula.Formula) => Formula.subtract(a, b)
    }
    expect((await failure(operator(nothing as never))).message).toContain("total weight is not positive")
  })
  test("one that wears out after a while is found by the law of its texts", async () => {
    // no law but the last asks for one row so often
    const seen = new Map<string, number>()
    const tires = (scores: Float64Array) => {
      const times = (seen.get(scores.join()) ?? 0) + 1
      seen.set(scores.join(), times)
      return scores.map((x, token) => (times > 12 && token === 0 ? x + 1 : x))
    }
    const tired = { name: "tired", arity: 1, formula: (a: Formula.Formula) => Formula.map(a, "tires", tires) }
    const broken = await failure(operator(tired as never, { numRuns: 30, vocabularySize: 2 }))
    expect(broken.law).toBe("tired keeps its law under speculation")
    expect(broken.message).toContain("With drafts the law of the texts is off by a total variation of")
  }, 60_000)
})

describe("laws of samplers", () => {
  test.each([
    ["plain sampling", ({ target, ...parts }: SamplerParts) => propose(target, { ...parts, stage: 0 })],
    [
      "the coupled verifier",
      ({ draft, target, ...parts }: SamplerParts) =>
        verify(target, 2, { ...parts, stage: 1, rule: coupled })(propose(draft, { ...parts, stage: 0, by: "race" }))
    ]
  ])("%s keeps them", (_, make) => run(sampler(make, { numRuns: 30 })), 30_000)

  test("a token with another law than the target's", async () => {
    const mislabels = ({ target, ...parts }: SamplerParts) => {
      const stage = propose(target, { ...parts, stage: 0 })
      return (from: Parameters<typeof stage>[0]) =>
        Stream.map(stage(from), ({ law, token }) => ({ token, law: { ...law, probs: law.probs.toReversed() } }))
    }
    expect((await failure(sampler(mislabels))).message).toMatch(/Token \d behind \[.*\] came with the law \[/)
  })
  test("a stage that begins where it likes, and one that does not end", async () => {
    const forgets = ({ target, ...parts }: SamplerParts) => {
      const stage = propose(target, { ...parts, stage: 0 })
      return () => stage({ prompt: [], completion: [] })
    }
    expect((await failure(sampler(forgets)))._tag).toBe("LawBroken")
    const goesOn = ({ target, ...parts }: SamplerParts) => propose({ ...target, end: [] }, { ...parts, stage: 0 })
    expect((await failure(sampler(goesOn))).message).toContain("is off by a total variation of")
  })
  test("a stage that fails", async () => {
    const fails = () => () => Stream.fail(new Error("no luck"))
    expect((await failure(sampler(fails))).message).toContain("It failed: no luck")
  })
})

test("tables are models, whatever their rows", () =>
  run(
    languageModel(
      table([
        [0, 1],
        [Number.NEGATIVE_INFINITY, 0]
      ])
    )
  ))

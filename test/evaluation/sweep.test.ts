import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Evaluation, Formula, LanguageModel, Vocabulary } from "polylogit"
import { grid } from "../../src/evaluation/sweep.ts"
import { countedModel } from "../support/counted_model.ts"
import { letters } from "../support/letters.ts"
import { everywhere, mixedModel } from "../support/mixed_model.ts"
import { collect, failure } from "../support/run.ts"

/** The share of ones in what a text has behind its first token. */
const ones = LanguageModel.makeClassifier({
  name: "ones",
  labels: ["other", "one"],
  run: (texts) =>
    Effect.succeed(
      texts.map((text) => {
        const all = Array.from(text as ReadonlyArray<number>).slice(1)
        const share = (all.filter((token) => token === 1).length + 0.01) / (all.length + 0.02)
        return Float32Array.of(Math.log(1 - share), Math.log(share))
      })
    )
})
const judges = [{ name: "ones", classifier: ones, label: "one" }]
const even = Formula.model(LanguageModel.uniform(4))
const axis = { name: "x", points: [-1, 0, 1, 2, 3] }
const options = { openings: [[0], [2], [3]], under: even, count: 4, maxTokens: 25, seed: 1 }
const row = Formula.row([0, 1, 0, 0])
const formulaAt = ({ x, y = 0 }: Evaluation.Point) =>
  Effect.succeed(Formula.add(Formula.add(even, Formula.scale(row, x!)), Formula.scale(row, y - x!)))

test("the grid's last axis changes fastest", () =>
  expect(
    grid([
      { name: "a", points: [1, 2] },
      { name: "b", points: [3, 4] }
    ])
  ).toEqual([
    { a: 1, b: 3 },
    { a: 1, b: 4 },
    { a: 2, b: 3 },
    { a: 2, b: 4 }
  ]))

/** x on the scores of a row, divided by nothing. */
const shifted = ({ x }: Evaluation.Point) => Effect.succeed(Formula.add(even, Formula.scale(Formula.scores(row), x!)))

describe("a sweep", () => {
  test("finds what the formula does: the more of an attribute is asked for, the stronger it shows", async () => {
    const rows = await collect(Evaluation.sweep([axis], shifted, { ...options, count: 40, judges }))
    expect(rows.map(({ point }) => point.x!)).toEqual(axis.points)
    for (const { point, perplexity, strengths, texts, tokens } of rows) {
      expect([texts, tokens]).toEqual([120, 3000])
      // every token has a quarter under `even`
      expect(perplexity).toBeCloseTo(4, 4)
      const truth = Math.exp(point.x!) / (3 + Math.exp(point.x!))
      const { high, low, mean } = strengths[0]!.probability
      expect(Math.abs(mean - truth)).toBeLessThan(0.04)
      expect(low <= mean && mean <= high).toBe(true)
    }
  })

  test("is the same again, with any number of points beside", async () => {
    const all = await collect(Evaluation.sweep([axis], shifted, { ...options, judges }))
    const one = await collect(Evaluation.sweep([{ name: "x", points: [2] }], shifted, { ...options, judges }))
    expect(one).toEqual([all[3]!])
    const other = await collect(Evaluation.sweep([axis], shifted, { ...options, seed: 2, judges }))
    expect(other).not.toEqual(all)
  })

  test("goes over a grid, without judges too", async () => {
    const axes = [
      { name: "x", points: [0, 1] },
      { name: "y", points: [0, 1, 2] }
    ]
    const rows = await collect(Evaluation.sweep(axes, formulaAt, options))
    expect(rows.map(({ point }) => point)).toEqual([...grid(axes)])
    expect(rows.every(({ strengths }) => strengths.length === 0)).toBe(true)
  })

  test("moves weights themselves", async () => {
    const { model } = mixedModel(everywhere([0, 0]), { "mood+": everywhere([0, 4]), "mood-": everywhere([4, 0]) })
    const at = ({ x }: Evaluation.Point) => Effect.succeed(Formula.interpolate(Formula.model(model), { mood: x! }))
    const rows = await collect(
      Evaluation.sweep([{ name: "x", points: [0, 0.5, 1] }], at, {
        ...options,
        openings: [[0], [1]],
        under: Formula.model(model),
        judges
      })
    )
    const [low, middle, high] = rows.map(({ strengths }) => strengths[0]!.probability.mean)
    expect(low!).toBeLessThan(0.1)
    expect(high!).toBeGreaterThan(0.9)
    expect(Math.abs(middle! - 0.5)).toBeLessThan(0.25)
  })

  test("gives a row as soon as it is there, and stops where nobody asks for more", async () => {
    const { model, runs } = countedModel()
    const many = { ...options, openings: Array(16).fill([0]), under: Formula.model(model), maxTokens: 5 }
    const at = ({ x }: Evaluation.Point) => Effect.succeed(Formula.scale(Formula.model(model), x!))
    await collect(Stream.take(Evaluation.sweep([{ name: "x", points: [1, 2, 3, 4] }], at, many), 1))
    expect(runs.length).toBeLessThan(3 * 6)
    expect(Math.max(...runs.map((requests) => requests.length))).toBe(64)
  })

  test("judges read the opening with its continuation", async () => {
    const read: Array<unknown> = []
    const reader = LanguageModel.makeClassifier({
      name: "reader",
      labels: ["any"],
      run: (texts) => {
        read.push(...texts)
        return Effect.succeed(texts.map(() => Float32Array.of(0)))
      }
    })
    const spelling = Formula.model(
      LanguageModel.fromFunction(letters, (context) =>
        [0, 1, 2, 3].map((i) => (i === (context.at(-1)! + 1) % 4 ? 50 : 0))
      )
    )
    const run = Evaluation.sweep([{ name: "x", points: [1] }], ({ x }) => Effect.succeed(Formula.scale(spelling, x!)), {
      openings: ["ab", [1, 2]],
      under: spelling,
      seed: 1,
      judges: [{ name: "any", classifier: reader, label: "any" }]
    })
    const [only] = await collect(run)
    expect(read).toEqual(["abc", "abc"])
    expect(only!.tokens).toBe(4)
  })

  test("an empty text is not judged", async () => {
    const strict = LanguageModel.makeClassifier({
      name: "strict",
      labels: ["any"],
      run: (texts) =>
        texts.some(({ length }) => length === 0)
          ? Effect.fail(new LanguageModel.ModelError({ model: "strict", message: "it is empty" }))
          : Effect.succeed(texts.map(() => Float32Array.of(0)))
    })
    const silent = Formula.model(LanguageModel.fromFunction(letters, () => [50, 0, 0, 0]))
    const run = Evaluation.sweep([{ name: "x", points: [1] }], ({ x }) => Effect.succeed(Formula.scale(silent, x!)), {
      openings: [""],
      under: silent,
      maxTokens: 0,
      judges: [{ name: "any", classifier: strict, label: "any" }]
    })
    const [only] = await collect(run)
    expect([only!.texts, only!.strengths[0]!.probability.count]).toEqual([1, 0])
  })

  test("texts without a token have no perplexity", async () => {
    const [only] = await collect(Evaluation.sweep([{ name: "x", points: [1] }], shifted, { ...options, maxTokens: 0 }))
    expect([only!.tokens, only!.perplexity, only!.distinct2]).toEqual([0, Number.NaN, Number.NaN])
  })

  test("progress goes up to the whole", async () => {
    const told: Array<readonly [number, number]> = []
    const progress = (done: number, total: number) => void told.push([done, total])
    await collect(Evaluation.sweep([axis], shifted, { ...options, progress }))
    expect(told.at(-1)).toEqual([1500, 1500])
    expect(
      told.every(([done], i) => i === 0 || done > told[i - 1]![0] || done === 1500 || told[i - 1]![0] === done)
    ).toBe(true)
  })
})

describe("before anything is written", () => {
  const { model, runs } = countedModel()
  const counted = Formula.model(model)

  test("a weight that is not positive is refused with its point", async () => {
    const at = ({ x }: Evaluation.Point) => Effect.succeed(Formula.subtract(counted, Formula.scale(even, x!)))
    const error = await failure(
      Evaluation.sweep([{ name: "x", points: [0, 0.5, 1] }], at, { ...options, under: counted }).pipe(Stream.runCollect)
    )
    expect(error._tag).toBe("ExperimentError")
    expect(error.message).toContain("total weight is not positive: it is 0")
    expect(error.message).toEndWith("(at x = 1)")
    expect(runs).toHaveLength(0)
  })

  test("so is an opening that a window does not hold, be it the last", async () => {
    const narrow = countedModel({ contextLength: 3 })
    const at = ({ x }: Evaluation.Point) => Effect.succeed(Formula.scale(counted, x!))
    for (const [formula, under] of [
      [at, Formula.model(narrow.model)],
      [() => Effect.succeed(Formula.model(narrow.model)), counted]
    ] as const) {
      const openings = [[0], [1, 2, 3, 0, 1]]
      const error = await failure(
        Evaluation.sweep([{ name: "x", points: [1] }], formula, { ...options, openings, under }).pipe(Stream.runCollect)
      )
      expect(error._tag).toBe("PromptError")
      expect([runs.length, narrow.runs.length]).toEqual([0, 0])
    }
  })

  test("so is one that only a later point's prompt leaves no room for", async () => {
    const narrow = countedModel({ contextLength: 8 })
    const at = ({ x }: Evaluation.Point) => Effect.succeed(x === 0 ? counted : Formula.model(narrow.model))
    const openings = [[1, 2, 3, 0, 1, 2, 3, 0, 1]]
    const run = Evaluation.sweep([{ name: "x", points: [0, 1] }], at, { ...options, openings, under: counted })
    expect((await failure(Stream.runCollect(run)))._tag).toBe("PromptError")
    expect([runs.length, narrow.runs.length]).toEqual([0, 0])
  })

  test("so are texts that the formula of the perplexity has no room for", async () => {
    const narrow = countedModel({ contextLength: 8 })
    const at = ({ x }: Evaluation.Point) => Effect.succeed(Formula.scale(counted, x!))
    const run = Evaluation.sweep([{ name: "x", points: [1] }], at, { ...options, under: Formula.model(narrow.model) })
    expect((await failure(Stream.runCollect(run))).message).toMatch(
      /^Cannot measure texts of 25 tokens behind opening 1: the formula of the perplexity has room for \d \(at x = 1\)$/
    )
    expect([runs.length, narrow.runs.length]).toEqual([0, 0])
  })

  test("so is a grid of more points than anybody waits for; what is no matter of a point names none", async () => {
    const thousand = Array.from({ length: 1000 }, (_, i) => i)
    const axes = ["x", "y"].map((name) => ({ name, points: thousand }))
    expect((await failure(Stream.runCollect(Evaluation.sweep(axes, shifted, options)))).message).toBe(
      "Cannot sweep over 1000000 points: 10000 are the most"
    )
    const nameless = () => Effect.succeed(Formula.model("nope"))
    const run = Evaluation.sweep([{ name: "x", points: [1] }], nameless, options)
    const error = await failure(Effect.provide(Stream.runCollect(run), LanguageModel.layerOf({})))
    expect(error._tag).toBe("ModelLoadError")
    expect(error.message).not.toContain("x = 1")
  })

  test("so is a sweep without an opening", async () => {
    const run = Evaluation.sweep([axis], shifted, { ...options, openings: [] })
    expect((await failure(Stream.runCollect(run))).message).toBe("Cannot sweep without an opening")
  })

  test("so is a model of other tokens to measure perplexity under", async () => {
    const under = Formula.model(LanguageModel.uniform(Vocabulary.untokenized(5)))
    const at = ({ x }: Evaluation.Point) => Effect.succeed(Formula.scale(counted, x!))
    const error = await failure(
      Evaluation.sweep([{ name: "x", points: [1] }], at, { ...options, under }).pipe(Stream.runCollect)
    )
    expect(error._tag).toBe("VocabularyMismatch")
    expect(runs).toHaveLength(0)
  })
})

test("the table has a cell for each column, and a judge's interval beside its mean", async () => {
  const [, last] = await collect(Evaluation.sweep([{ name: "x", points: [0, 1] }], shifted, { ...options, judges }))
  const header = Evaluation.sweepHeader([axis], judges)
  const cells = Evaluation.sweepCells(last!)
  expect(header).toEqual([
    "x",
    "texts",
    "tokens",
    "perplexity",
    "distinct_2",
    "ones",
    "ones low",
    "ones high",
    "ones share"
  ])
  const { high, low, mean } = last!.strengths[0]!.probability
  const share = last!.strengths[0]!.share.mean
  expect(cells).toEqual([1, 12, 300, last!.perplexity, last!.distinct2, mean, low, high, share])
})

import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { Formula, type Interpolation, LanguageModel } from "polylogit"
import { make } from "../../src/formula/formula.ts"
import { everywhere, mixedModel } from "../support/mixed_model.ts"
import { failure } from "../support/run.ts"

const { interpolate } = Formula
const adapters = {
  "mood+": everywhere([1, 0, 0, 0]),
  "mood-": everywhere([0, 1, 0, 0]),
  "age+": everywhere([0, 0, 1, 0]),
  "age-": everywhere([0, 0, 0, 1])
}
const fresh = () => mixedModel(everywhere([0, 0, 0, 0]), adapters)
const context = { prompt: [0], completion: [] }

/** The scores of a formula at the context, as Theorem 1 has them. */
const scoresOf = async (formula: Formula.Formula) => {
  const prepared = await Effect.runPromise(Formula.prepare(formula, { exact: true }))
  const [row] = await Effect.runPromise(prepared.rows(context, 0))
  return row!._tag === "Pending" ? [] : Array.from(row!.scores)
}
/** Logits up to a constant. */
const logitsOf = async (formula: Formula.Formula) =>
  (await scoresOf(formula)).map((score, _, all) => Math.round((score - all[3]!) * 1e5) / 1e5 + 0)

describe("rows, by eye: each adapter adds its coefficient to the logit of its own token", () => {
  const { model } = fresh()
  const base = Formula.model(model)
  const table: ReadonlyArray<readonly [string, Formula.Formula, ReadonlyArray<number>]> = [
    ["alpha 1 is the positive adapter alone", interpolate(base, { mood: 1 }), [1, 0, 0, 0]],
    ["alpha 0 is the negative one alone", interpolate(base, { mood: 0 }), [0, 1, 0, 0]],
    ["between", interpolate(base, { mood: 0.75 }), [0.75, 0.25, 0, 0]],
    ["beyond", interpolate(base, { mood: 2 }), [2, -1, 0, 0]],
    ["half of each of two", interpolate(base, { mood: 0.5, age: 1 }), [0.25, 0.25, 0.5, 0]],
    [
      "lambda 0 is the base",
      interpolate(base, { mood: { alpha: 0.3, lambda: 0 } }, { lambdaSum: "any" }),
      [0, 0, 0, 0]
    ],
    [
      "other anchors",
      interpolate(base, { mood: { alpha: 0.5, positive: "age+", negative: "mood+" } }),
      [0.5, 0, 0.5, 0]
    ],
    ["raw scores", Formula.add(Formula.scores(interpolate(base, { mood: 0.5 })), 1), [0.5, 0.5, 0, 0]],
    // scores are those before the division by the weight
    [
      "in a sum",
      Formula.subtract(
        Formula.add(interpolate(base, { mood: 1 }), interpolate(base, { mood: 0 })),
        Formula.scale(base, 0.5)
      ),
      [1, 1, 0, 0]
    ]
  ]
  test.each(table)("%s", async (_, formula, wanted) => expect(await logitsOf(formula)).toEqual([...wanted]))

  test("the middle of two mixes is the mix in the middle, in this linear model (property)", () =>
    fc.assert(
      fc.asyncProperty(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        async (a, b) => {
          const [x, y] = [interpolate(base, { mood: a }), interpolate(base, { mood: b })]
          const middle = await logitsOf(interpolate(base, { mood: (a + b) / 2 }))
          const mean = await logitsOf(Formula.scale(Formula.add(x, y), 0.5))
          middle.forEach((logit, i) => void expect(logit).toBeCloseTo(mean[i]!, 4))
        }
      ),
      { numRuns: 50 }
    ))
})

describe("requests", () => {
  test("different mixes of one model go in one call, equal ones once, and the base beside them", async () => {
    const { model, runs } = fresh()
    const base = Formula.model(model)
    const formula = interpolate(base, { mood: 1, age: { alpha: 0, lambda: 0.25 } }).pipe(
      Formula.add(base),
      Formula.add(interpolate(base, { mood: 0.5 })),
      // the same coefficients in another order
      Formula.add(interpolate(base, { age: { alpha: 0, lambda: 0.25 }, mood: 1 })),
      Formula.add(interpolate({ mood: 0 })(base))
    )
    const prepared = await Effect.runPromise(Formula.prepare(formula))
    expect([prepared.models, prepared.terms.length]).toEqual([1, 4])
    await Effect.runPromise(prepared.rows(context, 0))
    expect(runs.map((requests) => requests.map(({ variant }) => variant))).toEqual([
      [
        [
          ["age-", 0.25],
          ["mood+", 0.75]
        ],
        undefined,
        [
          ["mood+", 0.5],
          ["mood-", 0.5]
        ],
        [["mood-", 1]]
      ]
    ])
  })
  test("a mix of nothing asks for the base", async () => {
    const { model, runs } = fresh()
    await scoresOf(interpolate(Formula.model(model), { mood: { alpha: 1, lambda: 0 } }, { lambdaSum: "any" }))
    expect(runs[0]![0]!.variant).toBeUndefined()
  })
  test("a prompt of its own comes before, whatever the mix", async () => {
    const { model, runs } = fresh()
    const named = interpolate(Formula.prompt("", { model }), { mood: 1 })
    await scoresOf(named)
    expect(runs[0]).toEqual([{ context: [0], from: 1, variant: [["mood+", 1]] }])
  })
})

describe("refused with a typed error", () => {
  const { model } = fresh()
  const base = Formula.model(model)
  const part = (text: string) => `interpolate(model(<mixed>), ${text})`

  test("when made: what has no weights, and what is mixed already", () => {
    const refused: ReadonlyArray<readonly [Formula.Any, string]> = [
      [Formula.uniform(), "Cannot interpolate the weights of anything but a model or a prompt: uniform()"],
      [
        Formula.scale(base, 2),
        "Cannot interpolate the weights of anything but a model or a prompt: 2 * model(<mixed>)"
      ],
      [interpolate(base, { mood: 1 }), `Cannot interpolate interpolated weights again: ${part("mood: 1")}`]
    ]
    for (const [of, message] of refused) {
      expect(() => interpolate(of as Formula.Formula, { mood: 1 })).toThrow(
        expect.objectContaining({ _tag: "FormulaError", message })
      )
    }
  })
  const checked: ReadonlyArray<readonly [Formula.Formula, string]> = [
    [interpolate(base, {}), "Cannot interpolate weights by no attribute: interpolate(model(<mixed>))"],
    [
      interpolate(base, { mood: Number.NaN }),
      `Cannot use NaN as the alpha of mood: a finite number: ${part("mood: NaN")}`
    ],
    [
      interpolate(base, { mood: { alpha: 1, lambda: 0.5 } }),
      `Cannot mix attributes whose lambdas do not sum to 1: they sum to 0.5, which lambdaSum: "any" allows: ${part("mood: 1 @ 0.5")}`
    ],
    ...["two words", "1st", "", "lambdaSum", "mood+"].map(
      (name) =>
        [
          interpolate(base, { [name]: 1 }),
          `Cannot use ${JSON.stringify(name)} as the name of an attribute: letters, digits and _, and not lambdaSum: ${part(`<${name}>: 1`)}`
        ] as const
    )
  ]
  test.each(checked)("by check: %#", async (formula, message) => {
    expect(Result.getOrThrow(Result.flip(Formula.check(formula)))).toMatchObject({ _tag: "FormulaError", message })
    expect(await failure(Formula.prepare(formula))).toMatchObject({ _tag: "FormulaError", message })
  })
  test("by prepare: adapters that the model does not have", async () => {
    expect(await failure(Formula.prepare(interpolate(base, { humor: 1 })))).toMatchObject({
      _tag: "FormulaError",
      part: part("humor: 1"),
      message: `Cannot find the adapter "humor+" of mixed: it has mood+, mood-, age+, age-: ${part("humor: 1")}`
    })
    // also where its coefficient is 0
    expect(await failure(Formula.prepare(interpolate(base, { mood: { alpha: 1, negative: "sad" } })))).toMatchObject({
      message: expect.stringContaining('Cannot find the adapter "sad" of mixed')
    })
  })
  test("by prepare: a model without adapters", async () => {
    const message =
      "Cannot interpolate the weights of uniform: it has no adapters: interpolate(model(<uniform>), mood: 1)"
    for (const bare of [LanguageModel.uniform(4), { ...LanguageModel.uniform(4), adapters: [] }]) {
      expect(await failure(Formula.prepare(interpolate(Formula.model(bare), { mood: 1 })))).toMatchObject({
        _tag: "FormulaError",
        message
      })
    }
  })
  test("pending leaves are not looked at; drafts are where they are asked for", async () => {
    const draft = interpolate(base, { humor: 1 })
    const formula = Formula.supersede(draft, base)
    expect((await Effect.runPromise(Formula.prepare(formula))).terms.length).toBe(2)
    expect((await failure(Formula.prepare(formula, { drafts: true }))).message).toContain('the adapter "humor+"')
  })
})

describe("identity", () => {
  const [one, other] = [Formula.model("m"), Formula.model("n")]
  /** No two of them have the same rows. */
  const different: ReadonlyArray<() => Formula.Any> = [
    () => one,
    () => interpolate(one, { mood: 1 }),
    () => interpolate(other, { mood: 1 }),
    () => interpolate(Formula.prompt("p", { model: "m" }), { mood: 1 }),
    () => interpolate(one, { mood: 0.5 }),
    () => interpolate(one, { age: 1 }),
    () => interpolate(one, { mood: 1, age: 1 }),
    () => interpolate(one, { mood: { alpha: 1, lambda: 0.5 } }, { lambdaSum: "any" }),
    () => interpolate(one, { mood: { alpha: 1, positive: 'mood+": 1,"x' } })
  ]
  test("equal by what the adapters are multiplied by", () => {
    different.forEach((make, i) => {
      different.forEach((other, j) => void expect([i, j, Formula.equals(make(), other())]).toEqual([i, j, i === j]))
    })
    const [a, b] = [interpolate(one, { x: 1, y: 0 }), interpolate(one, { y: 0, x: { alpha: 1, lambda: 0.5 } })]
    expect(Formula.equals(a, b)).toBe(true)
    expect(Formula.postorder(Formula.distinct(Formula.union(a, b))).length).toBe(2)
    const renamed = interpolate(one, { z: { alpha: 1, positive: "mood+", negative: "mood-" } })
    expect(Formula.equals(renamed, interpolate(one, { mood: 1 }))).toBe(true)
  })
})

test("it has weight 1, and is left out of a sum while it is pending", () => {
  const mixed = interpolate(Formula.model(), { mood: 1 })
  expect(Formula.weightBounds(mixed)).toEqual([1, 1])
  expect(Formula.isLeaf(mixed)).toBe(true)
  const left = Formula.partial(Formula.add(mixed, Formula.model()), (leaf) => leaf === mixed)
  expect(Formula.print(left!)).toBe("model()")
})

describe("new numbers for attributes", () => {
  const parse = (text: string) => Formula.parseUnsafe(text)
  const shared = parse("interpolate(model(), mood: 0.5, age: 1)")
  const set = (formula: Formula.Any, changes: Interpolation.MixChanges) =>
    Result.map(Formula.setAttributes(formula, changes), Formula.print)

  test("in every leaf that has them, wherever it stands, and nowhere else", () => {
    const formula = parse(`x = interpolate(prompt("a"), mood: 0.5)
      indicator(x) * model() + 2 * topK(union(x, interpolate(model(), age: 1, mood: 1 @ 0.25)), 3) + supersede(x, uniform())
      + classifier("c", over: x, label: "l") + interpolate(model(), age: 0)`)
    const wanted = Formula.print(formula).replaceAll("mood: 0.5", "mood: -2").replace("mood: 1 @", "mood: -2 @")
    expect(set(formula, { mood: { alpha: -2 } })).toEqual(Result.succeed(wanted))
    expect(set(formula, { mood: { lambda: 0.75 }, age: { alpha: 3, lambda: 0.25 } })).toEqual(
      Result.succeed(
        Formula.print(formula)
          .replaceAll("mood: 0.5", "mood: 0.5 @ 0.75")
          .replace("mood: 1 @ 0.25", "mood: 1 @ 0.75")
          .replace("age: 1", "age: 3 @ 0.25")
          .replace("age: 0", "age: 3 @ 0.25")
      )
    )
    expect(formula.pipe(Formula.setAttributes({ mood: { alpha: 0.5 } }), Result.map(Formula.print))).toEqual(
      Result.succeed(Formula.print(formula).replace("mood: 1 @", "mood: 0.5 @"))
    )
  })
  test("what is shared stays one object, and no change is none", () => {
    const changed = Result.getOrThrow(
      Formula.setAttributes(Formula.union(shared, Formula.normalize(shared)), { age: { alpha: 0 } })
    )
    if (changed._tag !== "Union" || changed.operands[1]!._tag !== "Normalize") throw new Error("it is a union still")
    expect(changed.operands[1]!.of).toBe(changed.operands[0]!)
    const plain = Formula.union(Formula.model(), Formula.uniform())
    expect(Result.getOrThrow(Formula.setAttributes(plain, {}))).toBe(plain)
  })
  test("an attribute that no leaf has", () => {
    const errorOf = (formula: Formula.Any) =>
      Result.getOrThrow(Result.flip(Formula.setAttributes(formula, { mood: { alpha: 1 }, humor: { alpha: 1 } })))
    expect(errorOf(Formula.union(shared, parse("interpolate(model(), style: 0)")))).toMatchObject({
      _tag: "FormulaError",
      message: "Cannot set the attribute humor: there are mood, age, style"
    })
    expect(errorOf(Formula.model()).message).toBe("Cannot set the attribute mood: nothing is interpolated")
  })
})

test("attributes from JSON or code may have names that text cannot write", () => {
  const node = make({
    _tag: "Model",
    model: undefined,
    prompt: undefined,
    template: "auto",
    mix: {
      attributes: [{ name: "a b", alpha: 1, lambda: undefined, positive: "a b+", negative: "a b-" }],
      lambdaSum: "one"
    }
  })
  expect(Formula.print(node)).toBe("interpolate(model(), <a b>: 1)")
  expect(Result.isFailure(Formula.parse(Formula.print(node)))).toBe(true)
  expect(Formula.attributes(node)).toEqual(["a b"])
})

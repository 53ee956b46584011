import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Formula } from "../../src/formula/formula.ts"
import { model, row, uniform } from "../../src/formula/leaves.ts"
import { add, scale, subtract, supersede, union } from "../../src/formula/operators.ts"
import { prepare } from "../../src/formula/prepare.ts"
import { print } from "../../src/formula/syntax/print.ts"
import { fromFunction, table } from "../../src/model/table.ts"
import { layers } from "../../src/speculation/layers.ts"
import { byPlans, reach } from "../../src/speculation/pilot.ts"
import type { Plan } from "../../src/speculation/plan.ts"
import { type Speculate, schedule } from "../../src/speculation/schedule.ts"

const named = (name: string) =>
  model(
    table(
      [
        [0, 1],
        [1, 0]
      ],
      { name }
    )
  )
const [a, b, c] = [named("a"), named("b"), named("c")]
const ready = (formula: Formula) => Effect.runPromise(prepare(formula, { drafts: true }))

/** The stages of a plan: formula, draft length, bonus. */
const staged = async (formula: Formula, plan: Plan) =>
  Result.getOrThrow(layers(await ready(formula), plan)).map(({ bonus, draftLength, prepared }, i) =>
    i === 0 ? print(prepared.formula) : `${print(prepared.formula)}, ${draftLength}${bonus ? ", bonus" : ""}`
  )

describe("the stages of a plan", () => {
  test("each term that joins makes one, the whole formula is the last", async () => {
    expect(await staged(a.pipe(add(b), add(c)), { order: [[2], [1], [3]], draftLengths: [3, 1] })).toEqual([
      "model(<b>)",
      "model(<a>) + model(<b>), 3",
      "model(<a>) + model(<b>) + model(<c>), 1"
    ])
  })
  test("what comes with a later group may be in the formula twice", async () => {
    const both = union(a, b).pipe(add(a), add(scale(b, 2)))
    expect(await staged(both, { order: [[1], [2]], draftLengths: [2] })).toEqual([
      "model(<a>)",
      "union(model(<a>), model(<b>)) + model(<a>) + 2 * model(<b>), 2"
    ])
  })
  test("a group that leaves nothing known is no stage: the next one has its terms, and its own draft length", async () => {
    const formula = union(a, b).pipe(add(c))
    expect(await staged(formula, { order: [[1], [2], [3]], draftLengths: [7, 2] })).toEqual([
      "union(model(<a>), model(<b>))",
      "union(model(<a>), model(<b>)) + model(<c>), 2"
    ])
    expect(await staged(formula, { order: [[3], [1], [2]], draftLengths: [7, 2] })).toEqual([
      "model(<c>)",
      "union(model(<a>), model(<b>)) + model(<c>), 2"
    ])
  })
  test("nor is one without a positive weight", async () => {
    expect(await staged(subtract(a, scale(b, 0.5)), { order: [[2], [1]], draftLengths: [2] })).toEqual([
      "model(<a>) - 0.5 * model(<b>)"
    ])
    expect(await staged(subtract(add(a, c), b), { order: [[1], [3], [2]], draftLengths: [1, 2] })).toEqual([
      "model(<a>)",
      "model(<a>) + model(<c>) - model(<b>), 2"
    ])
  })
  test("also where the whole formula is not divided by its weight", async () => {
    const prepared = await Effect.runPromise(prepare(subtract(add(a, c), b), { normalize: "none" }))
    const own = Result.getOrThrow(layers(prepared, { order: [[1], [3], [2]], draftLengths: [1, 2] }))
    expect(own.map(({ prepared }) => print(prepared.formula))).toEqual([
      "model(<a>)",
      "model(<a>) + model(<c>) - model(<b>)"
    ])
  })
  test("fixed rows and uniform terms are known from the start, and alone draft nothing", async () => {
    const fixed = add(row([0, 1], { name: "fixed" }), uniform())
    expect(await staged(fixed.pipe(add(a), add(b)), { order: [[3], [2]], draftLengths: [2] })).toEqual([
      "fixed + uniform() + model(<b>)",
      "fixed + uniform() + model(<a>) + model(<b>), 2"
    ])
    expect(await staged(add(fixed, union(a, b)), { order: [[2], [3]], draftLengths: [2] })).toEqual([
      "fixed + uniform() + union(model(<a>), model(<b>))"
    ])
  })
  test("nor one that changes nothing", async () => {
    expect(await staged(supersede(a, supersede(b, c)), { order: [[2], [1], [3]], draftLengths: [5, 2] })).toEqual([
      "model(<b>)",
      "model(<c>), 2, bonus"
    ])
  })
  test("a bonus token by default where it costs no call of a term of the stage before; or as it is said", async () => {
    const draft = { order: [[1], [2]], draftLengths: [2] }
    expect(await staged(supersede(a, b), draft)).toEqual(["model(<a>)", "model(<b>), 2, bonus"])
    expect(await staged(supersede(a, b), { ...draft, bonus: [false] })).toEqual(["model(<a>)", "model(<b>), 2"])
    expect(await staged(add(a, b), draft)).toEqual(["model(<a>)", "model(<a>) + model(<b>), 2"])
    expect(await staged(add(a, b), { ...draft, bonus: [true] })).toEqual([
      "model(<a>)",
      "model(<a>) + model(<b>), 2, bonus"
    ])
  })
})

describe("plans that do not fit are refused, each with one clear message", () => {
  const refused = async (plan: Partial<Plan>, formula: Formula = add(a, b)) => {
    const result = layers(await ready(formula), { order: [[1], [2]], draftLengths: [2], ...plan })
    return Result.isFailure(result) ? result.failure.message : undefined
  }
  test("by number", async () => {
    expect(await refused({})).toBeUndefined()
    expect(await refused({ order: [[1], [3]] })).toBe("Cannot plan with term 3: the formula has terms 1 to 2")
    expect(await refused({ order: [[0], [2]] })).toBe("Cannot plan with term 0: the formula has terms 1 to 2")
    expect(await refused({ order: [[1.5], [2]] })).toBe("Cannot plan with term 1.5: the formula has terms 1 to 2")
    expect(await refused({ order: [[1, 2], [2]] })).toBe("Cannot plan with term 2 in two places")
    expect(await refused({ order: [[2]], draftLengths: [] })).toBe(
      "Cannot plan without the term 1, model(<a>): the formula needs it"
    )
    expect(await refused({ order: [], draftLengths: [] })).toBe(
      "Cannot plan without the term 1, model(<a>): the formula needs it"
    )
    expect(await refused({ order: [[2]], draftLengths: [] }, supersede(a, b))).toBeUndefined()
  })
  test("by length", async () => {
    for (const bad of [0, -1, 1.5, Number.NaN])
      expect(await refused({ draftLengths: [bad] })).toBe(
        `Cannot draft ${bad} tokens: a draft length is a whole number from 1 on`
      )
    expect(await refused({ draftLengths: [] })).toBe(
      "Cannot plan 2 groups of terms with 0 draft lengths: one less is needed"
    )
    expect(await refused({ draftLengths: [1, 1] })).toBe(
      "Cannot plan 2 groups of terms with 2 draft lengths: one less is needed"
    )
    expect(await refused({ bonus: [true, true] })).toBe(
      "Cannot plan 2 groups of terms with 2 values of bonus: one less is needed"
    )
    expect(await refused({ order: [[1], [], [2]], draftLengths: [1, 1] })).toBe("Cannot plan with a group of no terms")
  })
  test("by the window: a draft that it never holds, in any of the plans", async () => {
    const short = (contextLength: number) => model(fromFunction(2, () => [0, 1], { contextLength }))
    const message = async (window: number) => {
      const pilot = byPlans(await ready(add(short(window), short(99))), { order: [1, 2], draftLengths: [4] })
      return Result.isFailure(pilot) ? pilot.failure.message : undefined
    }
    expect(await message(4)).toBeUndefined()
    expect(await message(3)).toBe("Cannot draft 4 tokens: the context window holds 3")
    const second = byPlans(await ready(add(short(8), a)), [
      { order: [[1, 2]], draftLengths: [] },
      { at: 3, order: [1, 2], draftLengths: [9] }
    ])
    expect(Result.isFailure(second)).toBe(true)
  })
})

describe("terms by number, by text and as they are", () => {
  const scheduled = async (given: Exclude<Speculate, string>, formula: Formula = a.pipe(add(b), add(c))) =>
    schedule(given, (await ready(formula)).terms)
  const message = async (given: Exclude<Speculate, string>, formula?: Formula) => {
    const result = await scheduled(given, formula)
    return Result.isFailure(result) ? result.failure.message : undefined
  }
  test("are the same", async () => {
    const expected = [{ at: 0, order: [[2], [1, 3]], draftLengths: [2] }]
    for (const order of [
      [2, [1, 3]],
      [b, [a, c]],
      ["model(<b>)", ["model(<a>)", 3]]
    ])
      expect(Result.getOrThrow(await scheduled({ order, draftLengths: [2] }))).toEqual(expected)
    expect(Result.getOrThrow(await scheduled({ order: [[1, 2, 3]], draftLengths: [], bonus: [] }))[0]!.bonus).toEqual(
      []
    )
  })
  test("a term that the formula lacks is refused, with those that it has", async () => {
    expect(await message({ order: ["child"], draftLengths: [] })).toBe(
      "Cannot plan with child: the formula has no such term, it has 1. model(<a>), 2. model(<b>), 3. model(<c>)"
    )
    expect(await message({ order: [uniform()], draftLengths: [] })).toContain(
      "Cannot plan with uniform(): the formula has no such term"
    )
  })
  test("a text that two terms have is refused; their numbers are not", async () => {
    const twins = add(named("twin"), named("twin"))
    expect(await message({ order: ["model(<twin>)"], draftLengths: [] }, twins)).toBe(
      "Cannot plan with model(<twin>): terms 1 and 2 are called that; give a number"
    )
    expect(await message({ order: [2, 1], draftLengths: [1] }, twins)).toBeUndefined()
  })
  test("plans follow one another, the first from position 0 on", async () => {
    const one = { order: [[1, 2, 3]], draftLengths: [] }
    expect(await message([])).toBe("Cannot plan a run whose first plan is not one from position 0 on")
    expect(await message({ ...one, at: 1 })).toBe("Cannot plan a run whose first plan is not one from position 0 on")
    expect(await message([one, { ...one, at: 2 }, { ...one, at: 2 }])).toBe(
      "Cannot switch to plan 3 at position 2: the one before begins there or later"
    )
    expect(await message([one, one])).toBe(
      "Cannot switch to plan 2 at position 0: the one before begins there or later"
    )
    expect(await message([one, { ...one, at: 2 }, { ...one, at: 3 }])).toBeUndefined()
  })
})

test("the way of a sequence goes by the last plan that has begun", async () => {
  const prepared = await ready(add(a, b))
  const pilot = Result.getOrThrow(
    byPlans(prepared, [
      { order: [1, 2], draftLengths: [2] },
      { at: 3, order: [2, 1], draftLengths: [1] }
    ])
  )
  const way = pilot.way({} as never)
  const orders = [0, 2, 3, 9].map((length) => way(Array.from({ length }, () => 0)).plan.order[0])
  expect(orders).toEqual([[1], [1], [2], [2]])
  expect(pilot.reach).toBe(
    Math.max(reach({ order: [[1], [2]], draftLengths: [2] }), reach({ order: [[2], [1]], draftLengths: [1] }))
  )
  const off = Result.getOrThrow(byPlans(prepared, "off"))
  expect(off.way({} as never)([]).layers).toHaveLength(1)
})

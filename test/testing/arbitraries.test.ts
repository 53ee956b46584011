import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { Formula } from "polylogit"
import * as Testing from "polylogit/testing"
import { layers } from "../../src/speculation/layers.ts"
import { failure } from "../support/run.ts"

const seeded = { seed: 3, numRuns: 400 }

/** Tags of nodes, coefficients and mask rules in a formula. */
const tags = (formula: Formula.Any) =>
  Formula.postorder(formula).flatMap((node) => [
    node._tag,
    ...(node._tag === "Scale" ? [node.by._tag] : []),
    ...(node._tag === "Mask" ? [node.rule._tag] : [])
  ])

describe("random formulas", () => {
  test("hold every operator, and have positive weights", () => {
    const seen = new Set<string>()
    const planned = Testing.plannedFormulas({ vocabulary: 3 })
    fc.assert(
      fc.property(planned, ({ formula }) => {
        for (const tag of tags(formula)) seen.add(tag)
        expect(Result.isSuccess(Formula.check(formula))).toBe(true)
        expect(Formula.weightBounds(formula)![0]).toBeGreaterThan(0)
      }),
      seeded
    )
    const nodes = [
      "Model",
      "Uniform",
      "Scores",
      "Sum",
      "Scale",
      "Union",
      "Intersection",
      "Supersede",
      "SelfDebias",
      "Mask",
      "Normalize",
      "Map"
    ]
    const coefficients = ["Number", "Linear", "Steps", "TokenWeights", "Indicator"]
    const masks = ["topK", "topP", "minP", "truncate"]
    expect([...nodes, ...coefficients, ...masks].filter((tag) => !seen.has(tag))).toEqual([])
  })
  test("have negative coefficients over terms without impossible tokens only", async () => {
    const leaves = [Formula.row([0, Number.NEGATIVE_INFINITY]), Formula.row([0, 1])] as const
    fc.assert(
      fc.property(Testing.formulas({ leaves, possible: [leaves[1]], vocabularySize: 2 }), (formula) => {
        for (const node of Formula.postorder(formula))
          if (node._tag === "Scale" && node.by._tag === "Number" && node.by.value < 0)
            expect(Formula.equals(node.of, leaves[0])).toBe(false)
      }),
      seeded
    )
  })
  test("come with plans that fit them, with up to five stages, in every order", async () => {
    const stages = new Set<number>()
    const orders = new Set<string>()
    await fc.assert(
      fc.asyncProperty(Testing.plannedFormulas({ vocabulary: 3, maxDraftLength: 3 }), async ({ formula, plan }) => {
        const prepared = await Effect.runPromise(Formula.prepare(formula, { drafts: true }))
        const own = Result.getOrThrow(layers(prepared, plan))
        stages.add(own.length)
        if (plan.order.length === 3) orders.add(plan.order.flat().join())
        for (const length of plan.draftLengths) expect(length >= 1 && length <= 3).toBe(true)
      }),
      seeded
    )
    expect([...stages].sort()).toEqual([1, 2, 3, 4, 5])
    expect(["1,2,3", "1,3,2", "2,1,3", "2,3,1", "3,1,2", "3,2,1"].filter((order) => !orders.has(order))).toEqual([])
  })
  test("shrink to small ones, and say what they are", async () => {
    const broken = await failure(
      Testing.forAll("there is no union", Testing.plannedFormulas({ vocabulary: 2 }), ({ formula }) =>
        Effect.succeed(tags(formula).includes("Union") ? "There is one" : undefined)
      )
    )
    const { formula } = broken.counterexample as Testing.Planned
    expect(Formula.postorder(formula).length).toBeLessThanOrEqual(6)
    expect(broken.message).toContain("union(")
    expect(broken.message).toContain("over m1: by the last token [[")
  })
})

test("random rows: as float32 holds them, some token possible, no two alike", () => {
  const impossible = new Set<boolean>()
  fc.assert(
    fc.property(Testing.logits(4, { impossible: true }), Testing.logits(4, { spread: 1 }), (rough, smooth) => {
      impossible.add(rough.includes(Number.NEGATIVE_INFINITY))
      expect(rough.some(Number.isFinite)).toBe(true)
      expect([...Float32Array.from(smooth)]).toEqual([...smooth])
      expect(smooth.every((x) => Math.abs(x) <= 1.02)).toBe(true)
      const possible = rough.filter(Number.isFinite)
      expect(new Set(possible).size).toBe(possible.length)
    }),
    seeded
  )
  expect(impossible.size).toBe(2)
})

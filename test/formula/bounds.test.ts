import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { Formula } from "polylogit"
import { positions, weightsAt } from "../../src/formula/bounds.ts"
import { weightAt } from "../../src/logits/weighted_row.ts"
import { cases } from "../support/random_formulas.ts"
import { V, valueOf } from "../support/terms.ts"

const [a, b, c] = ["a", "b", "c"].map((name) => Formula.row([0, 1, 2, 3], { name })) as [
  Formula.Formula,
  Formula.Formula,
  Formula.Formula
]
const bounds = (formula: Formula.Any, pending?: Formula.IsPending) => Formula.weightBounds(formula, pending)
const either = () => Formula.union(a, Formula.scale(b, 2))

test("leaves weigh 1, raw scores 0, numbers multiply, sums add", () => {
  expect(bounds(a)).toEqual([1, 1])
  expect(bounds(Formula.uniform())).toEqual([1, 1])
  expect(bounds(Formula.model("m"))).toEqual([1, 1])
  expect(bounds(Formula.scores(a))).toEqual([0, 0])
  expect(bounds(Formula.subtract(Formula.add(a, Formula.scale(b, 2)), Formula.scale(c, 0.5)))).toEqual([2.5, 2.5])
})

test("laws weigh 1, masks and maps as much as their term", () => {
  expect(bounds(Formula.normalize(Formula.scale(a, 5)))).toEqual([1, 1])
  expect(bounds(Formula.selfDebias(Formula.scale(a, 5), b, 3))).toEqual([1, 1])
  expect(bounds(Formula.topK(Formula.scale(a, 5), 2))).toEqual([5, 5])
  expect(bounds(Formula.map(Formula.scale(a, 5), "f", (x) => x))).toEqual([5, 5])
  expect(bounds(Formula.supersede(a, Formula.scale(b, 2)))).toEqual([2, 2])
})

test("unions and intersections lie between their sides", () => {
  expect(bounds(either())).toEqual([1, 2])
  expect(bounds(Formula.intersection(Formula.scale(a, -1), b, Formula.scale(c, 3)))).toEqual([-1, 3])
  expect(bounds(Formula.union(a, b))).toEqual([1, 1])
  expect(bounds(Formula.scale(either(), -1))).toEqual([-2, -1])
})

test("token weights and indicators", () => {
  expect(bounds(Formula.scale(a, Formula.tokenWeights([3, 0.5, 1, 2])))).toEqual([0.5, 3])
  expect(bounds(Formula.scale(Formula.scale(a, -2), Formula.indicator(b)))).toEqual([-2, 0])
  expect(bounds(Formula.add(a, Formula.scale(either(), Formula.indicator(b))))).toEqual([1, 3])
  expect(bounds(Formula.scale(Formula.scores(a), Formula.tokenWeights([1, 2, 3, 4])))).toEqual([0, 0])
})

test("like terms are collected, also when they were written twice", () => {
  const one = either()
  expect(bounds(Formula.add(Formula.subtract(one, one), c))).toEqual([1, 1])
  expect(bounds(Formula.add(Formula.subtract(either(), either()), c))).toEqual([1, 1])
  expect(bounds(Formula.add(Formula.subtract(Formula.scale(either(), 3), either()), c))).toEqual([3, 5])
  expect(bounds(Formula.subtract(Formula.topK(either(), 2), either()))).toEqual([0, 0])
  // not alike: what one takes the other need not
  expect(bounds(Formula.subtract(either(), Formula.union(a, Formula.scale(c, 2))))).toEqual([-1, 1])
})

test("schedules: the widest bounds over all positions", () => {
  expect(bounds(Formula.scale(a, Formula.linear(1, -1, 4)))).toEqual([-1, 1])
  expect(
    bounds(
      Formula.scale(
        a,
        Formula.steps(1, [
          [3, 5],
          [9, 2]
        ])
      )
    )
  ).toEqual([1, 5])
  expect(
    positions(Formula.add(Formula.scale(a, Formula.linear(1, 2, 7)), Formula.scale(b, Formula.steps(1, [[9, 2]]))))
  ).toBe(9)
  expect(positions(a)).toBe(0)
})

test("pending terms are left out of sums, and take whatever else holds them with them", () => {
  const isB: Formula.IsPending = (leaf) => Formula.equals(leaf, b)
  expect(bounds(Formula.subtract(a, b), isB)).toEqual([1, 1])
  expect(bounds(Formula.supersede(a, Formula.scale(b, 2)), isB)).toEqual([1, 1])
  expect(bounds(Formula.add(c, Formula.scale(a, Formula.indicator(b))), isB)).toEqual([1, 1])
  for (const gone of [
    b,
    Formula.scores(b),
    either(),
    Formula.intersection(a, b),
    Formula.selfDebias(a, b, 1),
    Formula.selfDebias(b, a, 1),
    Formula.normalize(b),
    Formula.topK(b, 1),
    Formula.scale(b, 2),
    Formula.scale(a, Formula.indicator(b)),
    Formula.map(b, "f", (x) => x),
    Formula.add(b, Formula.scale(b, 2))
  ]) {
    expect(bounds(gone, isB)).toBeUndefined()
    expect(bounds(Formula.add(c, gone), isB)).toEqual([1, 1])
  }
})

test("the weight of every token lies within the bounds, for every node", () => {
  fc.assert(
    fc.property(cases, fc.nat(4), ({ formula }, position) => {
      const root = Formula.distinct(formula)
      const row = valueOf(formula, { position })
      if (row._tag === "Pending") throw new Error("no leaf is pending")
      const [low, high] = weightsAt(root, position).get(root)!
      const all = bounds(formula)!
      for (let token = 0; token < V; token++) {
        expect(weightAt(row, token)).toBeGreaterThanOrEqual(low - 1e-9)
        expect(weightAt(row, token)).toBeLessThanOrEqual(high + 1e-9)
      }
      expect(all[0]).toBeLessThanOrEqual(low)
      expect(all[1]).toBeGreaterThanOrEqual(high)
    }),
    { numRuns: 500 }
  )
})

test("products of sums do not grow without end", () => {
  const [a, b] = ["a", "b"].map((name) => Formula.row([0, 1], { name }))
  let formula: Formula.Any = a!
  for (let i = 0; i < 40; i++) formula = Formula.add(formula, Formula.scale(formula, Formula.indicator(b!)))
  const [low, high] = Formula.weightBounds(formula)!
  expect(low).toBe(1)
  expect(high / 2 ** 40).toBeCloseTo(1, 9)
})

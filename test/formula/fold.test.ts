import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { Formula } from "polylogit"
import { expressible } from "../support/formulas.ts"
import { valueOf } from "../support/terms.ts"

const [a, b] = [Formula.row([0, 1, 2, 3], { name: "a" }), Formula.row([1, 0, 0, 0], { name: "b" })]
const DEEP = 10_000

/** Nested 10,000 deep, each in another way. */
const deep: Readonly<Record<string, Formula.Formula>> = {
  normalize: nest((of) => Formula.normalize(of)),
  union: nest((of) => Formula.union(of, b)),
  "intersection to the right": nest((of) => Formula.intersection(b, of)),
  sum: nest((of) => Formula.scale(Formula.add(of, b), 0.5)),
  topK: nest((of) => Formula.topK(of, 2)),
  supersede: nest((of) => Formula.supersede(b, of)),
  selfDebias: nest((of) => Formula.selfDebias(of, b, 0.5)),
  indicator: nest((of) => Formula.add(b, Formula.scale(b, Formula.indicator(of))))
}

function nest(wrap: (of: Formula.Formula) => Formula.Formula): Formula.Formula {
  let formula = a
  for (let i = 0; i < DEEP; i++) formula = wrap(formula)
  return formula
}

const depth = (formula: Formula.Any) =>
  Formula.fold<number>(
    formula,
    (node, of) => Formula.children(node).reduce((most, child) => Math.max(most, of(child)), 0) + 1
  )

for (const [name, formula] of Object.entries(deep)) {
  test(`${name}, nested ${DEEP} deep, overflows no stack`, () => {
    expect(depth(formula)).toBeGreaterThan(DEEP)
    expect(Formula.equals(formula, formula)).toBe(true)
    expect(Formula.equals(formula, a)).toBe(false)
    expect(Formula.distinct(formula)).toBe(formula)
    expect(Result.isSuccess(Formula.check(formula))).toBe(true)
    expect(Formula.weightBounds(formula)![0]).toBeGreaterThan(0)
    expect(Formula.print(formula).length).toBeGreaterThan(DEEP)
    expect(Formula.excerpt(formula).length).toBeLessThanOrEqual(61)
    expect(valueOf(formula, { exact: false })._tag).toBe("WeightedRow")
  })
}

test("children in the order in which they are written", () => {
  const texts = (formula: Formula.Any) => Formula.children(formula).map(Formula.print)
  expect(texts(Formula.add(a, b))).toEqual(["a", "b"])
  expect(texts(Formula.union(a, b, a))).toEqual(["a", "b", "a"])
  expect(texts(Formula.intersection(b, a))).toEqual(["b", "a"])
  expect(texts(Formula.supersede(a, b))).toEqual(["a", "b"])
  expect(texts(Formula.selfDebias(a, b, 1))).toEqual(["a", "b"])
  expect(texts(Formula.scale(b, Formula.indicator(a)))).toEqual(["a", "b"])
  expect(texts(Formula.scale(b, 2))).toEqual(["b"])
  for (const of of [Formula.normalize(a), Formula.topK(a, 1), Formula.scores(a), Formula.map(a, "f", (x) => x)]) {
    expect(texts(of)).toEqual(["a"])
  }
  for (const leaf of [a, Formula.uniform(), Formula.model(), Formula.stream("s", (() => {}) as never)]) {
    expect(texts(leaf)).toEqual([])
  }
})

test("every node once, children before parents, in the order of the text", () => {
  const both = Formula.union(a, b)
  const formula = Formula.add(both, Formula.selfDebias(b, both, 1))
  expect(Formula.postorder(formula).map(Formula.print)).toEqual([
    "a",
    "b",
    "union(a, b)",
    "selfDebias(b, union(a, b), 1)",
    "union(a, b) + selfDebias(b, union(a, b), 1)"
  ])
})

test("a formula in which every node is used twice is folded once for each node", () => {
  let formula: Formula.Formula = a
  for (let i = 0; i < 100; i++) formula = Formula.union(formula, formula)
  let calls = 0
  Formula.fold(formula, () => calls++)
  expect(calls).toBe(101)
  expect(Formula.equals(formula, Formula.union(formula, formula))).toBe(false)
})

test("random formulas: each node after its children, and every node there", () => {
  fc.assert(
    fc.property(expressible, (formula) => {
      const nodes = Formula.postorder(formula)
      const place = new Map(nodes.map((node, i) => [node, i]))
      expect(place.size).toBe(nodes.length)
      expect(nodes.at(-1)).toBe(formula)
      for (const node of nodes) {
        for (const child of Formula.children(node)) expect(place.get(child)).toBeLessThan(place.get(node)!)
      }
    })
  )
})

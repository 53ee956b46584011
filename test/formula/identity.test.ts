import { expect, test } from "bun:test"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Formula, LanguageModel } from "polylogit"
import { make } from "../../src/formula/formula.ts"
import { cases } from "../support/random_formulas.ts"
import { expectWeighted } from "../support/rows.ts"
import { valueOf } from "../support/terms.ts"

const row = () => Formula.row([0, 1], { name: "a" })
const [a, b] = [row(), Formula.row([1, 0], { name: "b" })]
const [one, other] = [LanguageModel.uniform(2), LanguageModel.uniform(2)]
const [rows, others] = [() => Stream.empty, () => Stream.empty]
const [half, twice] = [(x: Float64Array) => x, (x: Float64Array) => x]

/** Formulas no two of which give the same rows, each made anew by calling it. */
const different: ReadonlyArray<() => Formula.Any> = [
  () => Formula.model(),
  () => Formula.model("m"),
  () => Formula.model("null"),
  () => Formula.model(one),
  () => Formula.model(other),
  () => Formula.prompt(""),
  () => Formula.prompt("p"),
  () => Formula.prompt("p", { model: "m" }),
  () => Formula.prompt("p", { template: "plain" }),
  () => Formula.prompt("p", { template: "chat" }),
  () => Formula.prompt("p", { model: one }),
  () => Formula.row([0, 1]),
  row,
  () => Formula.row([0, 1], { name: "b" }),
  () => Formula.row([0, Number.NEGATIVE_INFINITY]),
  () => Formula.row([0, 1, 0]),
  () => Formula.stream("s", rows),
  () => Formula.stream("s", others),
  () => Formula.uniform(),
  () => Formula.scores(a),
  () => Formula.add(a, b),
  () => Formula.add(b, a),
  () => Formula.add(Formula.add(a, a), b),
  () => Formula.subtract(a, b),
  () => Formula.scale(a, 2),
  () => Formula.scale(a, -2),
  () => Formula.scale(a, Formula.linear(2, 2, 2)),
  () => Formula.scale(a, Formula.linear(2, 2, 3)),
  () => Formula.scale(a, Formula.steps(2, [[1, 2]])),
  () => Formula.scale(a, Formula.steps(2, [[2, 2]])),
  () => Formula.scale(a, Formula.tokenWeights([2, 2])),
  () => Formula.scale(a, Formula.tokenWeights([2, 22])),
  () => Formula.scale(a, Formula.indicator(a)),
  () => Formula.scale(a, Formula.indicator(b)),
  () => Formula.union(a, b),
  () => Formula.union(b, a),
  () => Formula.union(a, b, b),
  () => Formula.intersection(a, b),
  () => Formula.supersede(a, b),
  () => Formula.supersede(b, a),
  () => Formula.selfDebias(a, b, 1),
  () => Formula.selfDebias(b, a, 1),
  () => Formula.selfDebias(a, b, 2),
  () => Formula.normalize(a),
  () => Formula.topK(a, 1),
  () => Formula.topK(a, 2),
  () => Formula.topP(a, 1),
  () => Formula.minP(a, 1),
  () => Formula.truncate(a, 1, 1, 1),
  () => Formula.truncate(a, 1, 1, 2),
  () => Formula.truncate(a, 1, 0.5, 1),
  () => Formula.map(a, "f", half),
  () => Formula.map(a, "f", twice)
]

test("equal when made alike, different when anything that changes rows differs", () => {
  different.forEach((make, i) => {
    different.forEach((other, j) => void expect([i, j, Formula.equals(make(), other())]).toEqual([i, j, i === j]))
  })
})

test("names of streams and maps are for messages only", () => {
  expect(Formula.equals(Formula.stream("s", rows), Formula.stream("t", rows))).toBe(true)
  expect(Formula.equals(Formula.map(a, "f", half), Formula.map(a, "g", half))).toBe(true)
})

test("equality is data-last too, and does not see the order of a rule's fields", () => {
  expect(a.pipe(Formula.equals(row()))).toBe(true)
  const swapped = make({ _tag: "Mask", of: a, rule: { temperature: 2, topP: 1, topK: 1, _tag: "truncate" } })
  expect(Formula.equals(swapped, Formula.truncate(a, 1, 1, 2))).toBe(true)
  const by = { value: 2, _tag: "Number" } as const
  expect(Formula.equals(make({ _tag: "Scale", of: a, by }), Formula.scale(a, 2))).toBe(true)
})

test("equal parts become one object, and only they", () => {
  const sum = Formula.distinct(Formula.add(Formula.union(row(), b), Formula.normalize(Formula.union(row(), b))))
  if (sum._tag !== "Sum" || sum.terms[1]!._tag !== "Normalize") throw new Error("it is still the sum")
  expect(sum.terms[1]!.of).toBe(sum.terms[0]!)
  expect(Formula.postorder(sum).length).toBe(5)
  const merged = Formula.distinct(Formula.scale(row(), Formula.indicator(row())))
  expect(Formula.postorder(merged).length).toBe(2)
})

test("a formula without equal parts is given back as it is", () => {
  const formula = Formula.add(Formula.union(a, b), Formula.scale(a, Formula.indicator(b)))
  expect(Formula.distinct(formula)).toBe(formula)
})

test("distinct formulas are equal to the first ones and have their values", () => {
  fc.assert(
    fc.property(cases, cases, ({ formula, leaves }, { formula: more }) => {
      const written = Formula.add(
        formula,
        Formula.selfDebias(Formula.scale(Formula.supersede(leaves[0]!, more), Formula.indicator(leaves[1]!)), row4(), 1)
      )
      const whole = Formula.add(written, Formula.add(copy(formula), 1))
      const merged = Formula.distinct(whole)
      expect(Formula.equals(merged, whole)).toBe(true)
      expect(Formula.equals(copy(whole), whole)).toBe(true)
      expect(Formula.postorder(merged).length).toBeLessThanOrEqual(Formula.postorder(whole).length)
      const nodes = Formula.postorder(merged)
      nodes.forEach((one, i) => void expect(nodes.findIndex((other) => Formula.equals(one, other))).toBe(i))
    })
  )
})

test("distinct keeps the value", () => {
  fc.assert(
    fc.property(cases, ({ formula }) => {
      const twice = Formula.add(formula, copy(formula))
      expectWeighted(valueOf(twice), valueOf(Formula.add(formula, formula)))
    })
  )
})

const row4 = () => Formula.row([0, 0, 1, 0], { name: "row4" })

/** The same formula of other objects. */
const copy = (formula: Formula.Any): Formula.Formula =>
  Formula.fold<Formula.Any>(formula, (node, of) => {
    const fields = Object.entries(node).map(([key, value]) => {
      if (Formula.isFormula(value)) return [key, of(value)]
      if (Array.isArray(value)) return [key, value.map((x) => (Formula.isFormula(x) ? of(x) : x))]
      if (key === "by" && value._tag === "Indicator") return [key, { ...value, of: of(value.of) }]
      return [key, value]
    })
    return make(Object.fromEntries(fields))
  }) as Formula.Formula

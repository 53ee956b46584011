import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { Formula } from "polylogit"
import { settledAt } from "../../src/formula/coefficient.ts"
import { expectWeighted, weighted } from "../support/rows.ts"
import { valueOf } from "../support/terms.ts"

const a = Formula.row([0, 0, 0, 0], { name: "a" })
const along = (by: Formula.Coefficient, count: number) =>
  Array.from({ length: count }, (_, position) => Formula.coefficientAt(by, position))

test("a number is the same everywhere", () => {
  expect(along(Formula.number(-2), 3)).toEqual([-2, -2, -2])
  expect(settledAt(Formula.number(1))).toBe(0)
})

test("a line goes in equal steps and then stays", () => {
  expect(along(Formula.linear(1, 3, 4), 7)).toEqual([1, 1.5, 2, 2.5, 3, 3, 3])
  expect(along(Formula.linear(1, 0, 1), 3)).toEqual([1, 0, 0])
  expect(settledAt(Formula.linear(1, 3, 4))).toBe(4)
  // where rounding would lose the end
  expect(Formula.coefficientAt(Formula.linear(1e17, 1, 3), 3)).toBe(1)
})

test("steps change at their positions and then stay", () => {
  const by = Formula.steps(1, [
    [2, 0.5],
    [4, -1]
  ])
  expect(along(by, 6)).toEqual([1, 1, 0.5, 0.5, -1, -1])
  expect(settledAt(by)).toBe(4)
  expect(along(Formula.steps(7, []), 2)).toEqual([7, 7])
  expect(settledAt(Formula.steps(7, []))).toBe(0)
})

test("rows of weights are no number", () => {
  expect(along(Formula.tokenWeights([1, 2]), 1)).toEqual([undefined])
  expect(along(Formula.indicator(a), 1)).toEqual([undefined])
  expect(settledAt(Formula.indicator(a))).toBe(0)
  expect(Formula.tokenWeights(new Set([1, 2]))).toEqual({ _tag: "TokenWeights", weights: [1, 2] })
})

test("after the last change nothing changes", () => {
  const number = fc.integer({ min: -9, max: 9 })
  const schedule = fc.oneof(
    fc.tuple(number, number, fc.integer({ min: 1, max: 9 })).map((line) => Formula.linear(...line)),
    fc
      .tuple(number, fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }), number)
      .map(([first, at, then]) =>
        Formula.steps(
          first,
          at.sort((x, y) => x - y).map((position, i) => [position, then + i])
        )
      )
  )
  fc.assert(
    fc.property(schedule, fc.nat(20), (by, later) => {
      const last = settledAt(by)
      expect(Formula.coefficientAt(by, last + later)).toBe(Formula.coefficientAt(by, last)!)
    })
  )
})

test("numbers that follow one another become their product; 1 is left out", () => {
  const factor = (formula: Formula.Any) =>
    formula._tag === "Scale" && formula.by._tag === "Number" ? formula.by.value : undefined
  expect(Formula.scale(a, 1)).toBe(a)
  expect(Formula.scale(Formula.scale(a, 2), 0.5)).toBe(a)
  expect(factor(Formula.scale(Formula.scale(a, 2), 3))).toBe(6)
  expect(
    factor(Formula.subtract(a, Formula.scale(a, 2)).pipe((sum) => (sum._tag === "Sum" ? sum.terms[1]! : sum)))
  ).toBe(-2)
  const line = Formula.scale(a, Formula.linear(1, 2, 3))
  expect(Formula.print(Formula.scale(line, 2))).toBe("2 * linear(1, 2, 3) * a")
  expect(Formula.scale(line, Formula.number(1))).toBe(line)
})

test("a number as an operand is that much of uniform(); sums are flat", () => {
  expect(Formula.print(Formula.add(a, 2))).toBe("a + 2 * uniform()")
  expect(Formula.print(Formula.subtract(a, 0.5))).toBe("a - 0.5 * uniform()")
  expect(Formula.print(Formula.union(a, -6))).toBe("union(a, -6 * uniform())")
  expect(Formula.print(a.pipe(Formula.supersede(1)))).toBe("supersede(a, uniform())")
  expect(Formula.print(Formula.selfDebias(a, 1, 3))).toBe("selfDebias(a, uniform(), 3)")
  const flat = Formula.add(Formula.add(a, a), Formula.add(a, a))
  expect(flat._tag === "Sum" && flat.terms.length).toBe(4)
})

test("factors in a value: each at its position", () => {
  const q = Math.log(0.25)
  const at = (by: Formula.Coefficient, position: number) => valueOf(Formula.scale(a, by), { position })
  expectWeighted(at(Formula.linear(1, 3, 2), 1), weighted([2 * q, 2 * q, 2 * q, 2 * q], 2))
  expectWeighted(at(Formula.steps(1, [[2, 5]]), 2), weighted([5 * q, 5 * q, 5 * q, 5 * q], 5))
  expectWeighted(at(Formula.tokenWeights([1, 0, 2, 3]), 9), weighted([q, 0, 2 * q, 3 * q], [1, 0, 2, 3]))
  const above = Formula.scores(Formula.row([0, -1, 1, Number.NEGATIVE_INFINITY]))
  expectWeighted(at(Formula.indicator(above), 0), weighted([q, 0, q, 0], [1, 0, 1, 0]))
})

import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { Formula } from "polylogit"
import type { Weighted } from "../../src/logits/weighted_row.ts"
import { cases } from "../support/random_formulas.ts"
import { expectWeighted } from "../support/rows.ts"
import { valueOf } from "../support/terms.ts"

const [a, b, c] = ["a", "b", "c"].map((name, i) => Formula.row([i, 1, 0, 2], { name })) as [
  Formula.Formula,
  Formula.Formula,
  Formula.Formula
]
const without = (formula: Formula.Any, ...pending: ReadonlyArray<Formula.Any>) => {
  const left = Formula.partial(formula, (leaf) => pending.some((one) => Formula.equals(one, leaf)))
  return left && Formula.print(left)
}

describe("what is left while terms are pending", () => {
  test("of a leaf nothing; of what has no leaf, all", () => {
    expect(without(a, a)).toBeUndefined()
    expect(without(a, b)).toBe("a")
    expect(without(Formula.uniform(), a)).toBe("uniform()")
  })
  test("of a sum the other terms; of one, that one", () => {
    const sum = a.pipe(Formula.add(b), Formula.subtract(c))
    expect(without(sum, b)).toBe("a - c")
    expect(without(sum, b, c)).toBe("a")
    expect(Formula.partial(sum, (leaf) => leaf !== a)).toBe(a)
    expect(without(sum, a, b)).toBe("-c")
    expect(without(sum, a, b, c)).toBeUndefined()
  })
  test("of supersede the target, or the draft while the target is pending", () => {
    const draft = Formula.supersede(a, b)
    expect(without(draft, b)).toBe("a")
    expect(without(draft, a)).toBe("b")
    expect(without(draft, a, b)).toBeUndefined()
    expect(without(draft)).toBe("b")
    expect(without(Formula.supersede(draft, c), c)).toBe("b")
    expect(without(Formula.supersede(draft, Formula.add(b, c)), b)).toBe("c")
  })
  test("of every other node nothing, while one of its operands is pending", () => {
    const nodes = [
      Formula.union(a, b),
      Formula.intersection(b, a),
      Formula.selfDebias(a, b, 2),
      Formula.selfDebias(b, a, 2),
      Formula.scale(a, Formula.indicator(b)),
      Formula.scale(b, Formula.indicator(a)),
      Formula.scale(a, 2),
      Formula.scores(a),
      Formula.normalize(a),
      Formula.topK(a, 2),
      Formula.map(a, "same", (x) => x)
    ]
    for (const node of nodes) {
      expect(without(node, a)).toBeUndefined()
      expect(without(Formula.add(node, c), a)).toBe("c")
      expect(without(node, c)).toBe(Formula.print(node))
    }
  })
  test("inside of other nodes", () => {
    expect(without(Formula.normalize(Formula.add(a, b)), a)).toBe("normalize(b)")
    expect(without(Formula.union(Formula.add(a, b), c), a)).toBe("union(b, c)")
    expect(without(Formula.scale(b, Formula.indicator(Formula.add(a, c))), a)).toBe(
      Formula.print(Formula.scale(b, Formula.indicator(c)))
    )
  })
  test("a formula of which nothing is pending is itself", () => {
    const formula = Formula.add(a, Formula.union(b, c))
    expect(Formula.partial(formula, () => false)).toBe(formula)
  })
})

const pendingRow: Weighted = { _tag: "Pending" }
const attempt = (value: () => Weighted): Weighted | undefined => {
  try {
    return value()
  } catch {
    return undefined
  }
}

test("its value is that of the whole formula with these terms pending (property)", () => {
  fc.assert(
    fc.property(cases, fc.nat(15), fc.nat(3), ({ formula, leaves }, mask, position) => {
      const pending = (leaf: Formula.Any) =>
        leaves.some((one, i) => ((mask >> i) & 1) === 1 && Formula.equals(one, leaf))
      const left = Formula.partial(formula, pending)
      const value = attempt(() => valueOf(formula, { pending, position }))
      const expected = left === undefined ? pendingRow : attempt(() => valueOf(left, { position }))
      // a part without a positive weight has no law: neither has one
      if (value === undefined || expected === undefined) expect(value).toBe(expected)
      else expectWeighted(value, expected, 1e-12)
    }),
    { numRuns: 500, seed: 4 }
  )
})

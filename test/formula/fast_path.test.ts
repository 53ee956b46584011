import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Formula, LanguageModel } from "polylogit"
import { plan } from "../../src/formula/plan.ts"
import { RowProblem } from "../../src/logits/row.ts"
import { toLogProbs, type Weighted } from "../../src/logits/weighted_row.ts"
import { cases } from "../support/random_formulas.ts"
import { expectRow, expectWeighted, none, weighted } from "../support/rows.ts"
import { collect, valueOf } from "../support/terms.ts"

/** Constants that the last softmax takes away may be left out, and nothing else. */
const lawOf = (row: Weighted): Float64Array | RowProblem =>
  row._tag === "Pending" ? new RowProblem("nothing") : toLogProbs(row)

const agree = (
  formula: Formula.Formula,
  options: { position?: number; pending?: (leaf: Formula.Any) => boolean } = {}
) => {
  const exact = valueOf(formula, { ...options, exact: true })
  const fast = valueOf(formula, { ...options, exact: false })
  expect(fast._tag).toBe(exact._tag)
  const law = lawOf(exact)
  if (law instanceof RowProblem) expect(lawOf(fast)).toBeInstanceOf(RowProblem)
  else expectRow(lawOf(fast), law, 1e-11)
}

test("random formulas", () => {
  fc.assert(
    fc.property(cases, fc.nat(4), ({ formula }, position) => agree(formula, { position })),
    { numRuns: 1000 }
  )
})

test("random partial formulas", () => {
  fc.assert(
    fc.property(cases, fc.nat(4), fc.nat(14), ({ formula, leaves }, position, mask) => {
      const left = new Set(leaves.filter((_, i) => (mask >> i) & 1))
      const pending = (leaf: Formula.Any) => [...left].some((one) => Formula.equals(one, leaf))
      fc.pre(Result.isSuccess(Formula.check(formula, { pending })))
      agree(formula, { position, pending })
    }),
    { numRuns: 1000 }
  )
})

const [a, b, c, d] = [
  [5, 1, 0, -3],
  [0, 2, 1, 1],
  [-1, 0, 4, 2],
  [3, 3, -2, 0]
].map((row, i) => Formula.row(row, { name: `r${i}` })) as [
  Formula.Formula,
  Formula.Formula,
  Formula.Formula,
  Formula.Formula
]
const isOne = (row: Formula.Formula) => (leaf: Formula.Any) => Formula.equals(row, leaf)

test("a schedule that makes the sides of a union differ only later", () => {
  const late = Formula.add(a, Formula.union(b, Formula.scale(c, Formula.steps(1, [[3, 2]]))))
  const slow = Formula.add(a, Formula.intersection(b, Formula.scale(c, Formula.linear(1, 3, 4))))
  for (const position of [0, 2, 3, 4]) {
    agree(late, { position })
    agree(slow, { position })
  }
})

test("a draft whose weight varies, while its target's does not", () => {
  agree(Formula.add(Formula.supersede(Formula.union(a, Formula.scale(b, 2)), c), d), { pending: isOne(c) })
})

test("a union whose sides weigh the same until a term is pending", () => {
  const formula = Formula.add(a, Formula.union(Formula.add(b, c), Formula.scale(d, 2)))
  agree(formula)
  agree(formula, { pending: isOne(c) })
})

test("token weights that are all alike are still weights for each token", () => {
  agree(Formula.add(a, Formula.scale(b, Formula.tokenWeights([2, 2, 2, 2]))))
  agree(Formula.normalize(Formula.add(a, Formula.scale(b, Formula.tokenWeights([1, 0, 1, 1])))))
})

test("token weights over a term of weight 0 do not let its constants cancel", () => {
  const difference = Formula.subtract(a, b)
  agree(Formula.add(c, Formula.scale(difference, Formula.tokenWeights([1, 0, 2, 3]))))
  agree(Formula.add(c, Formula.scale(difference, Formula.indicator(Formula.subtract(d, c)))))
})

test("a leaf that is only read raw needs no law", () => {
  const nothing = Formula.scores(Formula.row([none, none, none, none]))
  expectWeighted(valueOf(nothing, { exact: true }), weighted([none, none, none, none], 0))
})

test("the fast path is fast: no softmax of leaves where constants cancel, and one where they do not", () => {
  const exactly = (formula: Formula.Formula) => {
    const ready = plan(formula, { exact: false })
    return ready.leaves.map((leaf) => ready.exact.has(leaf))
  }
  expect(exactly(a)).toEqual([false])
  expect(exactly(Formula.subtract(a, Formula.scale(b, 0.5)))).toEqual([false, false])
  expect(exactly(Formula.add(a, Formula.union(b, c)))).toEqual([false, true, true])
  expect(exactly(Formula.add(a, Formula.union(b, Formula.scale(c, 2))))).toEqual([true, true, true])
  expect(exactly(Formula.add(Formula.topK(a, 2), Formula.normalize(b)))).toEqual([false, false])
  expect(exactly(Formula.scale(a, Formula.linear(1, 2, 3)))).toEqual([false])
})

test("Formula.logits is the law of Formula.weighted, on models", async () => {
  const model = LanguageModel.table([
    [3, 1, 0, 2],
    [0, 0, 1, 5],
    [2, 2, -1, 0],
    [1, 7, 0, 0]
  ])
  await fc.assert(
    fc.asyncProperty(cases, fc.nat(3), async ({ formula }, token) => {
      // no token is impossible in this sum, whatever intersections of masks leave
      const whole = Formula.add(Formula.union(formula, Formula.uniform()), Formula.model(model))
      fc.pre(Result.isSuccess(Formula.check(whole)))
      const contexts = Stream.make({ prompt: [token], completion: [] }, { prompt: [token], completion: [1] })
      const laws = await collect(Formula.logits(whole)(contexts))
      const rows = await collect(Formula.weighted(whole)(contexts))
      expect(laws.length).toBe(2)
      laws.forEach((law, i) => void expectRow(law, lawOf(rows[i]!) as Float64Array, 1e-5))
    })
  )
})

test("nearly all random formulas are accepted", () => {
  const refused = fc.sample(cases, 200).filter(({ formula }) => Result.isFailure(Formula.check(formula)))
  expect(refused.length).toBeLessThan(20)
})

import { describe, expect, test } from "bun:test"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Formula, LogitStream } from "polylogit"
import type { WeightedRow } from "../../src/logits/weighted_row.ts"
import { logits } from "../support/arbitraries.ts"
import { type Claim, type Operator, operators, type Source } from "../support/operators.ts"
import { expectWeighted } from "../support/rows.ts"
import { shapes, V, valueOf } from "../support/terms.ts"

type Term = Formula.Formula

const rowsOf = (formula: Term) => ({ formula, rows: Stream.empty })
const shape = fc.constantFrom(...shapes)

/** Applies an operator; `leaf` is what operators without operands are made of. */
const apply = (operator: Operator, leaf: Term, ...operands: ReadonlyArray<Term>): Term => {
  const source: Source = { formula: leaf, logits: Stream.empty, contexts: Stream.empty, vocabularySize: V }
  return operator.build(operands.map(rowsOf), source).formula
}

/** Each claim as an equation between formulas, or of a weight. */
const claims: Record<
  Claim,
  (op: (...operands: ReadonlyArray<Term>) => Term, arity: number, terms: ReadonlyArray<Term>) => void
> = {
  commutative: (op, _, [a, b]) => same(op(a!, b!), op(b!, a!)),
  associative: (op, _, [a, b, c]) => same(op(op(a!, b!), c!), op(a!, op(b!, c!))),
  idempotent: (op, arity, [a]) => (arity === 1 ? same(op(op(a!)), op(a!)) : same(op(a!, a!), a!)),
  zeroIsUnit: (op, _, [a, b]) => same(op(a!, Formula.scale(b!, 0)), a!),
  additive: (op, _, [a, b]) => same(op(Formula.add(a!, b!)), Formula.add(op(a!), op(b!))),
  homogeneous: (op, arity, terms) => {
    const few = terms.slice(0, arity)
    same(op(...few.map(Formula.scale(3))), Formula.scale(op(...few), 3))
  },
  scaleFree: (op, arity, terms) => {
    const few = terms.slice(0, arity)
    same(op(...few.map(Formula.scale(3))), op(...few))
  },
  keepsWeight: (op, _, [a]) => expect(weightOf(op(a!))).toEqual(weightOf(a!)),
  weightOne: (op, arity, terms) => expect(weightOf(op(...terms.slice(0, arity)))).toBe(1),
  weightZero: (op, arity, terms) => expect(weightOf(op(...terms.slice(0, arity)))).toBe(0)
}

const same = (a: Term, b: Term) => expectWeighted(valueOf(a, { position: 1 }), valueOf(b, { position: 1 }), 1e-12)
const weightOf = (formula: Term) => (valueOf(formula) as WeightedRow).weight

const threeRows = fc
  .tuple(logits(V), logits(V), logits(V))
  .map((rows) => rows.map((row, i) => Formula.row(row, { name: `r${i}` })))

describe("what operators claim of themselves", () => {
  for (const operator of operators) {
    for (const claim of operator.claims) {
      test(`${operator.name}: ${claim}`, () =>
        fc.assert(
          fc.property(threeRows, shape, shape, shape, ([x, y, z], ...three) => {
            const [a, b, c] = [x!, y!, z!].map((row, i) => three[i]!(rowsOf(row), rowsOf([y!, z!, x!][i]!)).formula)
            claims[claim]((...operands) => apply(operator, x!, ...operands), operator.arity, [a!, b!, c!])
          })
        ))
    }
  }
})

describe("pending", () => {
  const [a, b] = [Formula.row([0, 1, 2, 3], { name: "a" }), Formula.row([3, 1, 0, 0], { name: "b" })]
  const isOne =
    (...rows: ReadonlyArray<Term>) =>
    (leaf: Formula.Any) =>
      rows.some((row) => Formula.equals(row, leaf))

  for (const operator of operators) {
    test(`${operator.name} while all its leaves are`, () => {
      const formula = apply(operator, a, a, b)
      const leaves = Formula.postorder(formula).some(Formula.isLeaf)
      expect(valueOf(formula, { pending: () => true })._tag).toBe(leaves ? "Pending" : "WeightedRow")
    })
    if (operator.arity < 2) continue
    test(`${operator.name} while one operand is`, () => {
      const formula = apply(operator, a, a, b)
      const zero = (row: Term) => Formula.scale(row, 0)
      const first = valueOf(formula, { pending: isOne(a) })
      const second = valueOf(formula, { pending: isOne(b) })
      if (operator.pending === "pending") {
        expect([first._tag, second._tag]).toEqual(["Pending", "Pending"])
      } else if (operator.pending === "draft") {
        expectWeighted(first, valueOf(b))
        expectWeighted(second, valueOf(a))
      } else {
        expectWeighted(first, valueOf(apply(operator, a, zero(a), b)))
        expectWeighted(second, valueOf(apply(operator, a, a, zero(b))))
      }
    })
  }
})

describe("the table is complete", () => {
  const tags = async (...files: ReadonlyArray<string>) => {
    const texts = await Promise.all(
      files.map((file) => Bun.file(`${import.meta.dir}/../../src/formula/${file}.ts`).text())
    )
    return new Set(texts.flatMap((text) => [...text.matchAll(/readonly _tag: "(\w+)"/g)].map(([, tag]) => tag!)))
  }

  test("every tag of a node, a coefficient and a mask rule has a row", async () => {
    const rows = new Set(operators.flatMap((operator) => operator.tags))
    const known = await tags("formula", "stream_leaf", "coefficient", "mask_rule")
    expect([...rows].sort()).toEqual([...known].sort())
  })

  test("every operator on streams has a row", () => {
    const plumbing = ["LogitStreamError", "lift1", "liftAll", "logProbs", "monitor"]
    const lifted = Object.keys(LogitStream).filter((name) => !plumbing.includes(name))
    expect([...new Set(operators.map((operator) => operator.lifted))].sort()).toEqual(lifted.sort())
  })
})

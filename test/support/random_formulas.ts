import * as fc from "fast-check"
import { Formula } from "polylogit"
import { logits } from "./arbitraries.ts"

type Term = Formula.Formula

/** Fixed rows by name, and a formula over them. */
export interface Case {
  readonly formula: Term
  readonly leaves: ReadonlyArray<Term>
}

const quarter = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((n) => n / 4)

const positiveFactor: fc.Arbitrary<Formula.Coefficient> = fc.oneof(
  quarter(1, 12).map(Formula.number),
  fc.tuple(quarter(1, 8), quarter(1, 8), fc.integer({ min: 1, max: 3 })).map((line) => Formula.linear(...line)),
  fc
    .tuple(quarter(1, 8), fc.integer({ min: 1, max: 3 }), quarter(1, 8))
    .map(([first, at, then]) => Formula.steps(first, [[at, then]])),
  fc.array(quarter(1, 8), { minLength: 4, maxLength: 4 }).map(Formula.tokenWeights)
)

/**
 * Formulas over a few rows of four tokens, with every operator; each sub-formula has a positive weight. Masks and
 * indicators stand over single leaves only, so that rounding cannot decide what they keep.
 */
export const cases: fc.Arbitrary<Case> = fc.array(logits(4, 3), { minLength: 3, maxLength: 4 }).chain((rows) => {
  const leaves = rows.map((row, i) => Formula.row(row, { name: `r${i}` }))
  const leaf: fc.Arbitrary<Term> = fc.constantFrom(...leaves)
  const { term } = fc.letrec<{ term: Term }>((tie) => {
    const t = tie("term")
    return {
      term: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        leaf,
        fc.tuple(t, t).map(([a, b]) => Formula.add(a, b)),
        // too little to bring a weight of 1/4 to 0, and of a leaf, in which no token is impossible
        fc.tuple(t, leaf).map(([a, b]) => Formula.subtract(a, Formula.scale(b, 0.01))),
        fc.tuple(t, positiveFactor).map(([a, by]) => Formula.scale(a, by)),
        fc.tuple(t, t).map(([a, b]) => Formula.union(a, b)),
        fc.tuple(t, t).map(([a, b]) => Formula.intersection(a, b)),
        fc.tuple(t, leaf, leaf).map(([a, b, c]) =>
          // the condition is a difference of two laws; of a law and itself it would be 0 but for rounding
          Formula.equals(b, c) ? a : Formula.add(a, Formula.scale(b, Formula.indicator(Formula.subtract(b, c))))
        ),
        fc.tuple(t, leaf).map(([a, b]) => Formula.add(a, Formula.scores(b))),
        t.map((a) => Formula.add(a, Formula.uniform())),
        fc.tuple(t, t).map(([a, b]) => Formula.supersede(a, b)),
        fc.tuple(t, t).map(([a, b]) => Formula.selfDebias(a, b, 5)),
        t.map((a) => Formula.normalize(a)),
        fc
          .tuple(
            leaf,
            positiveFactor,
            fc.constantFrom(Formula.topK(3), Formula.topP(0.9), Formula.minP(0.1), Formula.truncate(3, 0.9, 2))
          )
          .map(([a, by, rule]) => rule(Formula.scale(a, by))),
        t.map((a) => Formula.map(a, "shift", (scores) => scores.map((x, i) => x + i)))
      )
    }
  })
  return term.map((formula) => ({ formula, leaves }))
})

import * as Result from "effect/Result"
import * as fc from "fast-check"
import { check } from "../../formula/check.ts"
import * as Coefficient from "../../formula/coefficient.ts"
import type { Formula } from "../../formula/formula.ts"
import { equals } from "../../formula/identity.ts"
import { scores, uniform } from "../../formula/leaves.ts"
import * as Operators from "../../formula/operators.ts"

/** Leaves that formulas are made over. */
export interface FormulasOptions {
  /** Terms of any kind. */
  readonly leaves: readonly [Formula, ...ReadonlyArray<Formula>]
  /** Leaves in which no token is ever impossible: only they get negative coefficients. Default: all. */
  readonly possible?: ReadonlyArray<Formula> | undefined
  readonly vocabularySize: number
}

const quarter = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((n) => n / 4)

const factors = (size: number): fc.Arbitrary<Coefficient.Coefficient> =>
  fc.oneof(
    quarter(1, 12).map(Coefficient.number),
    fc.tuple(quarter(1, 8), quarter(1, 8), fc.integer({ min: 1, max: 3 })).map((line) => Coefficient.linear(...line)),
    fc
      .tuple(quarter(1, 8), fc.integer({ min: 1, max: 3 }), quarter(1, 8))
      .map(([first, at, then]) => Coefficient.steps(first, [[at, then]])),
    fc.array(quarter(1, 8), { minLength: size, maxLength: size }).map(Coefficient.tokenWeights)
  )

type Binary = (a: Formula, b: Formula) => Formula

const binary: ReadonlyArray<Binary> = [
  (a, b) => Operators.add(a, b),
  (a, b) => Operators.union(a, b),
  (a, b) => Operators.intersection(a, b),
  (a, b) => Operators.supersede(a, b),
  (a, b) => Operators.selfDebias(a, b, 5)
]

const masks = [Operators.topK(2), Operators.topP(0.9), Operators.minP(0.1), Operators.truncate(2, 0.9, 2)]
const shift = (row: Float64Array) => row.map((x, i) => x + i / 3)

/**
 * Formulas over leaves, with every operator, of positive weight. Masks and conditions stand over single leaves only, so
 * that rounding cannot decide what they keep. Most of them hold every leaf.
 *
 * @example
 * ```ts
 * import * as fc from "fast-check"
 * import { Formula } from "polylogit"
 * import * as Testing from "polylogit/testing"
 *
 * const leaves = [Formula.row([0, 1]), Formula.row([2, 0])] as const
 * const formulas = Testing.formulas({ leaves, vocabularySize: 2 })
 * fc.assert(fc.property(formulas, (formula) => Formula.weightBounds(formula)![0] > 0))
 * ```
 */
export const formulas = (options: FormulasOptions): fc.Arbitrary<Formula> => {
  const { leaves, possible = leaves, vocabularySize } = options
  const leaf = fc.constantFrom(...leaves)
  // a uniform term has no impossible token either
  const full = fc.constantFrom(...(possible.length > 0 ? possible : [uniform()]))
  const raw = possible.length > 0 ? full.map(scores) : full
  const factor = factors(vocabularySize)
  const minus = fc.tuple(full, quarter(1, 3)).map(
    ([b, by]) =>
      (a: Formula) =>
        Operators.subtract(a, Operators.scale(b, by))
  )
  const unary: fc.Arbitrary<(a: Formula) => Formula> = fc.oneof(
    factor.map((by) => (a: Formula) => Operators.scale(a, by)),
    minus,
    raw.map((b) => (a: Formula) => Operators.add(a, b)),
    fc.tuple(full, full).map(
      ([b, c]) =>
        (a: Formula) =>
          // the condition is a difference of two laws; of a law and itself it would be 0 but for rounding
          equals(b, c) ? a : Operators.add(a, Operators.scale(b, Coefficient.indicator(Operators.subtract(b, c))))
    ),
    fc.constantFrom<(a: Formula) => Formula>(
      (a) => Operators.normalize(a),
      (a) => Operators.add(a, uniform()),
      (a) => Operators.map(a, "shift", shift)
    )
  )
  const masked = fc.tuple(leaf, fc.constantFrom(...masks)).map(([a, mask]) => mask(a))
  // a partial formula is left of a sum and of `supersede` only, which plans live on
  const combine = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(binary[0]!, binary[3]!) },
    fc.constantFrom(...binary)
  )
  const { tree } = fc.letrec<{ tree: Formula }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.tuple(tie("tree"), tie("tree"), combine).map(([a, b, op]) => op(a, b)),
      fc.tuple(tie("tree"), unary).map(([a, op]) => op(a)),
      masked
    )
  }))
  const dressed = (of: Formula) => fc.option(unary, { nil: undefined, freq: 3 }).map((op) => op?.(of) ?? of)
  const [first, ...others] = leaves
  const line = others.reduce<fc.Arbitrary<Formula>>(
    (before, next) =>
      fc
        .tuple(before, dressed(next), combine, fc.boolean())
        .map(([a, b, op, turned]) => (turned ? op(b, a) : op(a, b))),
    dressed(first)
  )
  return fc.oneof(tree, { weight: 3, arbitrary: line }).filter((formula) => Result.isSuccess(check(formula)))
}

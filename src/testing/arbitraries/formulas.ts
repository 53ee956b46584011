import * as Result from "effect/Result"
import * as fc from "fast-check"
import { check } from "../../formula/check.ts"
import * as Coefficient from "../../formula/coefficient.ts"
import type { Formula } from "../../formula/formula.ts"
import { equals } from "../../formula/identity.ts"
import { scores, uniform } from "../../formula/leaves.ts"
import * as Operators from "../../formula/operators.ts"

/** Leaves that formulas are made over. */
export interface Leaves {
  /** Terms of any kind. */
  readonly leaves: readonly [Formula, ...ReadonlyArray<Formula>]
  /** Leaves in which no token is ever impossible: only they get negative coefficients. Default: all. */
  readonly possible?: ReadonlyArray<Formula> | undefined
}

/** Leaves, and how many scores their rows have. */
export interface FormulasOptions extends Leaves {
  readonly vocabularySize: number
}

/** What a formula is before its leaves are known: so it shrinks apart from them. */
export type Shape = (leaves: Leaves) => Formula
type Change = (leaves: Leaves) => (of: Formula) => Formula

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

/** A partial formula is left of the first two only, which plans live on. */
const partly: ReadonlyArray<Binary> = [(a, b) => Operators.add(a, b), (a, b) => Operators.supersede(a, b)]
const wholly: ReadonlyArray<Binary> = [
  (a, b) => Operators.union(a, b),
  (a, b) => Operators.intersection(a, b),
  (a, b) => Operators.selfDebias(a, b, 5)
]
const combine = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...partly) },
  { weight: 2, arbitrary: fc.constantFrom(...wholly) }
)

const masks = [Operators.topK(2), Operators.topP(0.9), Operators.minP(0.1), Operators.truncate(2, 0.9, 2)]
const shift = (row: Float64Array) => row.map((x, i) => x + i / 3)

const which = fc.nat(59)
const leafAt = ({ leaves }: Leaves, i: number): Formula => leaves[i % leaves.length]!
// a uniform term has no impossible token either
const possibleAt = ({ leaves, possible = leaves }: Leaves, i: number): Formula =>
  possible.length === 0 ? uniform() : possible[i % possible.length]!

/** Masks and conditions stand over single leaves only, so that rounding cannot decide what they keep. */
const changes = (size: number): fc.Arbitrary<Change> =>
  fc.oneof(
    factors(size).map(
      (by): Change =>
        () =>
          Operators.scale(by)
    ),
    fc.tuple(which, quarter(1, 3)).map(
      ([i, by]): Change =>
        (from) =>
        (a) =>
          Operators.subtract(a, Operators.scale(possibleAt(from, i), by))
    ),
    which.map(
      (i): Change =>
        (from) =>
        (a) => {
          const b = possibleAt(from, i)
          return Operators.add(a, b._tag === "Uniform" ? b : scores(b))
        }
    ),
    fc.tuple(which, which).map(
      ([i, j]): Change =>
        (from) =>
        (a) => {
          const [b, c] = [possibleAt(from, i), possibleAt(from, j)]
          // the condition is a difference of two laws; of a law and itself it would be 0 but for rounding
          return equals(b, c)
            ? a
            : Operators.add(a, Operators.scale(b, Coefficient.indicator(Operators.subtract(b, c))))
        }
    ),
    fc.constantFrom<Change>(
      () => (a) => Operators.normalize(a),
      () => (a) => Operators.add(a, uniform()),
      () => (a) => Operators.map(a, "shift", shift)
    )
  )

/** Formulas before their leaves are known; most of them come to hold every leaf. */
export const shapes = (size: number): fc.Arbitrary<Shape> => {
  const change = changes(size)
  const leaf = which.map(
    (i): Shape =>
      (from) =>
        leafAt(from, i)
  )
  const { tree } = fc.letrec<{ tree: Shape }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.tuple(tie("tree"), tie("tree"), combine).map(
        ([a, b, op]): Shape =>
          (from) =>
            op(a(from), b(from))
      ),
      fc.tuple(tie("tree"), change).map(
        ([a, op]): Shape =>
          (from) =>
            op(from)(a(from))
      ),
      fc.tuple(leaf, fc.constantFrom(...masks)).map(
        ([a, mask]): Shape =>
          (from) =>
            mask(a(from))
      )
    )
  }))
  const link = fc.record({ op: combine, turned: fc.boolean(), change: fc.option(change, { nil: undefined, freq: 3 }) })
  const line = fc.array(link, { minLength: 5, maxLength: 5 }).map(
    (links): Shape =>
      (from) => {
        const dressed = from.leaves.map((of, i) => links[i % 5]!.change?.(from)(of) ?? of)
        return dressed.reduce((a, b, i) => {
          const { op, turned } = links[i % 5]!
          return turned ? op(b, a) : op(a, b)
        })
      }
  )
  return fc.oneof(tree, { weight: 4, arbitrary: line })
}

/**
 * Formulas over leaves, with every operator, of positive weight.
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
export const formulas = ({ vocabularySize, ...leaves }: FormulasOptions): fc.Arbitrary<Formula> =>
  shapes(vocabularySize)
    .map((shape) => shape(leaves))
    .filter((formula) => Result.isSuccess(check(formula)))

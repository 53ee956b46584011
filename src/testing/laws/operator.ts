import * as Effect from "effect/Effect"
import { type ForAllOptions, forAll, type LawBroken } from "../for_all.ts"
import { commutes, isPartial, isPure, keepsLaw, type Operator, operatorCases } from "./operator_laws.ts"

export type { Operator } from "./operator_laws.ts"

/** How operators are tried. */
export interface OperatorLawOptions extends ForAllOptions {
  /** V of the models that it is tried on. Default 3. */
  readonly vocabularySize?: number | undefined
  /** The largest difference between scores that ought to be equal. Default 1e-9 nats. */
  readonly tolerance?: number | undefined
  /** Whether its operands may have impossible tokens. Default false. */
  readonly impossible?: boolean | undefined
}

/**
 * Tries an operator on random models: its rows are a function of the context, alike at once and token by token, in any
 * order; they are what its form on streams makes of its operands' rows; while an operand is pending it is its partial
 * formula; and speculative sampling over it keeps its law exactly.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Formula } from "polylogit"
 * import * as Testing from "polylogit/testing"
 *
 * const halve = (scores: Float64Array) => scores.map((x) => x / 2)
 * const softer = { name: "softer", arity: 1, formula: (a: Formula.Formula) => Formula.map(a, "halve", halve) }
 * await Effect.runPromise(Testing.laws.operator(softer, { numRuns: 5 }))
 * ```
 */
export const operator = (self: Operator, options: OperatorLawOptions = {}): Effect.Effect<void, LawBroken> => {
  const { numRuns = 25, tolerance = 1e-9 } = options
  const cases = operatorCases(self, options)
  const all = [
    ["is a function of the context", isPure(self, tolerance)],
    ...(self.rows === undefined ? [] : [["is on formulas what it is on streams", commutes(self, tolerance)] as const]),
    ["is its partial formula while an operand is pending", isPartial(self, tolerance)],
    ["keeps its law under speculation", keepsLaw(self)]
  ] as const
  return Effect.forEach(
    all,
    ([says, reason], i) =>
      forAll(`${self.name} ${says}`, cases, reason, {
        ...options,
        // the last one follows every path of a generation
        numRuns: i === all.length - 1 ? Math.ceil(numRuns / 3) : numRuns
      }),
    { discard: true }
  )
}

import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Any, isFormula } from "../formula/formula.ts"
import { equals } from "../formula/identity.ts"
import type { LeafNode } from "../formula/plan.ts"
import { print } from "../formula/syntax/print.ts"
import { PlanError, type Switch } from "./plan.ts"

/** A term of a formula: its number, its text as `explain` prints it, or the leaf itself. */
const Term = Schema.Union([Schema.Int, Schema.String, Schema.declare(isFormula, { expected: "a formula" })])

const Fixed = Schema.Struct({
  /** Terms in the order in which they join, one by one or in groups. The first group drafts. */
  order: Schema.Array(Schema.Union([Term, Schema.Array(Term)])),
  /** For each group but the first, how many drafted tokens are checked in one call. */
  draftLengths: Schema.Array(Schema.Int),
  /** For each group but the first, whether a block kept whole is followed by a token without a draft. */
  bonus: Schema.optionalKey(Schema.Array(Schema.Boolean)),
  /** The position from which on the plan holds. Default 0. */
  at: Schema.optionalKey(Schema.Int)
})

/** How a run speculates: not at all, as the planner finds best, by a plan, or by plans that follow one another. */
export const Speculate = Schema.Union([Schema.Literals(["auto", "off"]), Fixed, Schema.Array(Fixed)])
export type Speculate = typeof Speculate.Type

/** Plans in terms of a formula's own list of terms, the first from position 0 on. */
export const schedule = (
  given: Exclude<Speculate, string>,
  terms: ReadonlyArray<LeafNode>
): Result.Result<ReadonlyArray<Switch>, PlanError> => {
  const plans = (Array.isArray(given) ? given : [given]) as ReadonlyArray<typeof Fixed.Type>
  const problem = refuse(plans)
  if (problem !== undefined) return Result.fail(new PlanError({ message: problem }))
  const out: Array<Switch> = []
  for (const { at = 0, bonus, draftLengths, order } of plans) {
    const groups: Array<ReadonlyArray<number>> = []
    for (const group of order) {
      const numbers = []
      for (const term of Array.isArray(group) ? group : [group]) {
        const number = numberOf(term, terms)
        if (typeof number === "string") return Result.fail(new PlanError({ message: number }))
        numbers.push(number)
      }
      groups.push(numbers)
    }
    out.push({ at, order: groups, draftLengths, ...(bonus && { bonus }) })
  }
  return Result.succeed(out)
}

const refuse = (plans: ReadonlyArray<typeof Fixed.Type>): string | undefined => {
  if ((plans[0]?.at ?? 0) !== 0 || plans.length === 0)
    return "Cannot plan a run whose first plan is not one from position 0 on"
  const early = plans.findIndex((plan, i) => i > 0 && !((plan.at ?? 0) > (plans[i - 1]!.at ?? 0)))
  return early < 0
    ? undefined
    : `Cannot switch to plan ${early + 1} at position ${plans[early]!.at ?? 0}: the one before begins there or later`
}

/** A term's number, or why it has none. */
const numberOf = (term: number | string | Any, terms: ReadonlyArray<LeafNode>): number | string => {
  if (typeof term === "number") return term
  const found = terms.flatMap((leaf, i) =>
    (typeof term === "string" ? print(leaf) === term : equals(leaf, term)) ? [i + 1] : []
  )
  const text = typeof term === "string" ? term : print(term)
  if (found.length === 1) return found[0]!
  return found.length > 1
    ? `Cannot plan with ${text}: terms ${found.join(" and ")} are called that; give a number`
    : `Cannot plan with ${text}: the formula has no such term, it has ${terms.map((leaf, i) => `${i + 1}. ${print(leaf)}`).join(", ")}`
}

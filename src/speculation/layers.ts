import * as Result from "effect/Result"
import { weightBounds } from "../formula/bounds.ts"
import { check } from "../formula/check.ts"
import { equals } from "../formula/identity.ts"
import type { Prepared } from "../formula/prepare.ts"
import { print } from "../formula/syntax/print.ts"
import { type Plan, PlanError } from "./plan.ts"

/** One stage of a plan: a partial formula, and how it checks what the stage before drafted. */
export interface Layer {
  readonly prepared: Prepared
  /** Of the first layer without a meaning. */
  readonly draftLength: number
  readonly bonus: boolean
}

/**
 * The partial formulas of a plan, the whole formula last. A group that leaves a formula without a law (nothing is known
 * yet, or its weight is not positive) or changes nothing is no stage: its terms join the next one.
 */
export const layers = (prepared: Prepared, plan: Plan): Result.Result<ReadonlyArray<Layer>, PlanError> => {
  const problem = refuse(prepared, plan)
  if (problem !== undefined) return Result.fail(new PlanError({ message: problem }))
  const out: Array<Layer> = []
  const known = new Set<unknown>(prepared.terms.filter(({ _tag }) => _tag === "Row"))
  for (const [i, group] of plan.order.entries()) {
    const before = out.at(-1)?.prepared
    for (const term of group) known.add(prepared.terms[term - 1])
    const whole = i === plan.order.length - 1
    const part = whole ? prepared.partial(() => false) : lawful(prepared, known)
    if (part === undefined || (before !== undefined && equals(before.formula, part.formula))) continue
    const asked = before?.asked ?? []
    out.push({
      prepared: part,
      draftLength: plan.draftLengths[i - 1] ?? 0,
      bonus: plan.bonus?.[i - 1] ?? !part.asked.some((leaf) => asked.includes(leaf))
    })
  }
  return Result.succeed(out)
}

/** The partial formula of the terms that are known, if it has a law. */
export const lawful = (prepared: Prepared, known: ReadonlySet<unknown>): Prepared | undefined => {
  const part = prepared.partial((leaf) => !known.has(leaf))
  if (part === undefined || part.asked.length === 0) return undefined
  const bounds = weightBounds(part.formula)
  const positive = bounds !== undefined && bounds[0] > 0
  return positive && Result.isSuccess(check(part.formula, { normalize: part.normalize })) ? part : undefined
}

const refuse = (prepared: Prepared, { bonus, draftLengths, order }: Plan): string | undefined => {
  const named = order.flat()
  const { terms } = prepared
  const strange = named.find((term) => !Number.isInteger(term) || term < 1 || term > terms.length)
  if (strange !== undefined) return `Cannot plan with term ${strange}: the formula has terms 1 to ${terms.length}`
  const twice = named.find((term, i) => named.indexOf(term) !== i)
  if (twice !== undefined) return `Cannot plan with term ${twice} in two places`
  const left = prepared.partial(() => false)!.asked.find((leaf) => !named.includes(terms.indexOf(leaf) + 1))
  if (left !== undefined)
    return `Cannot plan without the term ${terms.indexOf(left) + 1}, ${print(left)}: the formula needs it`
  if (order.some((group) => group.length === 0)) return "Cannot plan with a group of no terms"
  const wanted = order.length - 1
  if (draftLengths.length !== wanted) {
    return `Cannot plan ${order.length} groups of terms with ${draftLengths.length} draft lengths: one less is needed`
  }
  if (bonus !== undefined && bonus.length !== wanted) {
    return `Cannot plan ${order.length} groups of terms with ${bonus.length} values of bonus: one less is needed`
  }
  const bad = draftLengths.find((length) => !Number.isInteger(length) || length < 1)
  return bad === undefined ? undefined : `Cannot draft ${bad} tokens: a draft length is a whole number from 1 on`
}

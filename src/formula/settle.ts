import * as Result from "effect/Result"
import { isClassifier } from "./classifier.ts"
import { FormulaError } from "./errors.ts"
import { children, fold, postorder } from "./fold.ts"
import { type Any, make } from "./formula.ts"
import { withChildren } from "./identity.ts"
import { excerpt } from "./syntax/print.ts"

/**
 * The same formula with every classifier term saying what it is over: where it does not, it is over the other terms of
 * its sum. Errors: a `FormulaError` where there are none.
 */
export const settle = (formula: Any): Result.Result<Any, FormulaError> => {
  if (!postorder(formula).some(isOpen)) return Result.succeed(formula)
  const settled = fold<Any>(formula, (node, of) => {
    const below = children(node)
    const changed = below.map(of)
    const own = changed.every((child, i) => child === below[i]) ? node : withChildren(node, changed)
    return own._tag === "Sum" ? settleSum(own) : own
  })
  const left = postorder(settled).find(isOpen)
  if (left === undefined) return Result.succeed(settled)
  const part = excerpt(left)
  const message = `Cannot tell which continuations to classify: no other term stands beside it, and it has no "over": ${part}`
  return Result.fail(new FormulaError({ part, message }))
}

const isOpen = (node: Any): boolean => isClassifier(node) && node.over === undefined

/** Whether a term of a sum is an open classifier, or one times coefficients. */
const isOpenTerm = (term: Any): boolean => isOpen(term) || (term._tag === "Scale" && isOpenTerm(term.of))

const settleSum = (sum: Any & { readonly _tag: "Sum" }): Any => {
  const others = sum.terms.filter((term) => !isOpenTerm(term))
  if (others.length === 0 || others.length === sum.terms.length) return sum
  const over = others.length === 1 ? others[0]! : make({ _tag: "Sum", terms: others })
  return make({ ...sum, terms: sum.terms.map((term) => (isOpenTerm(term) ? close(term, over) : term)) })
}

const close = (term: Any, over: Any): Any => {
  if (isClassifier(term)) return make({ ...term, over })
  return term._tag === "Scale" ? make({ ...term, of: close(term.of, over) }) : term
}

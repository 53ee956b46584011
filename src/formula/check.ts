import * as Result from "effect/Result"
import type { Normalization } from "../logits/weighted_row.ts"
import { refuseArguments } from "./arguments.ts"
import { type Interval, type IsPending, positions, type Weights, weightsAt } from "./bounds.ts"
import { type Coefficient, coefficientAt, settledAt } from "./coefficient.ts"
import { FormulaError } from "./errors.ts"
import { fold, postorder } from "./fold.ts"
import type { Any } from "./formula.ts"
import { distinct } from "./identity.ts"
import { canExclude } from "./mask_rule.ts"
import { settle } from "./settle.ts"
import { excerpt } from "./syntax/print.ts"

/** How a formula is to be read. */
export interface CheckOptions {
  /** `none`: the whole formula is not divided by its weight (DExperts, proxy-tuning, GenARM). Default `kl`. */
  readonly normalize?: Normalization | undefined
  /** Leaves whose rows are not known. */
  readonly pending?: IsPending | undefined
}

const refuse = (part: Any, message: string) => {
  const text = excerpt(part)
  return new FormulaError({ part: text, message: `${message}: ${text}` })
}

/**
 * Whether a formula denotes a distribution at every position and token, whatever its models say: arguments in range,
 * no negative coefficient over a mask or a fixed row with impossible tokens, positive total weight wherever a law is
 * taken. Bounds of weights are cautious: a refusal that may be too strict says so.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Formula } from "polylogit"
 *
 * const refused = Formula.check(Formula.model().pipe(Formula.subtract(Formula.prompt("A poem."))))
 * deepEqual(Result.isFailure(refused), true)
 * ```
 */
export const check = <F extends Any>(formula: F, options: CheckOptions = {}): Result.Result<F, FormulaError> => {
  const settled = settle(formula)
  if (Result.isFailure(settled)) return Result.fail(settled.failure)
  const root: Any = distinct(settled.success)
  const nodes = postorder(root)
  for (const node of nodes) {
    const problem = refuseArguments(node)
    if (problem !== undefined) return Result.fail(refuse(node, problem))
  }
  const error = refuseImpossible(root) ?? refuseWeights(root, nodes, options)
  return error === undefined ? Result.succeed(formula) : Result.fail(error)
}

/** A negative coefficient over something that a mask or a fixed row makes impossible. */
const refuseImpossible = (formula: Any): FormulaError | undefined => {
  let error: FormulaError | undefined
  fold<boolean>(formula, (node, of) => {
    if (node._tag === "Scale" && of(node.of) && canBeNegative(node.by)) {
      error ??= refuse(node, "Cannot give a negative coefficient to a term with impossible tokens (-Infinity)")
    }
    return excludes(node, of)
  })
  return error
}

const excludes = (node: Any, of: (child: Any) => boolean): boolean => {
  switch (node._tag) {
    case "Row":
      return node.logits.includes(Number.NEGATIVE_INFINITY)
    case "Mask":
      return of(node.of) || canExclude(node.rule)
    case "Sum":
      return node.terms.some(of)
    case "Scale":
      return of(node.of) && !(node.by._tag === "Number" && node.by.value === 0)
    case "Union":
      return node.operands.every(of)
    case "Intersection":
      return node.operands.some(of)
    case "Supersede":
      return of(node.target)
    case "SelfDebias":
    case "Scores":
    case "Normalize":
      return of(node.of)
    default:
      return false
  }
}

const canBeNegative = (by: Coefficient): boolean => {
  for (let position = 0; position <= settledAt(by); position++) if (coefficientAt(by, position)! < 0) return true
  return false
}

/** A total weight that is not positive where a law is taken: at the root, and below every node that normalizes. */
const refuseWeights = (formula: Any, nodes: ReadonlyArray<Any>, options: CheckOptions): FormulaError | undefined => {
  const lawful = new Set(nodes.flatMap(lawsTaken))
  if (options.normalize !== "none") lawful.add(formula)
  const last = positions(formula)
  for (let position = 0; position <= last; position++) {
    const weights: Weights = weightsAt(formula, position, options.pending)
    for (const part of nodes) {
      const bounds = lawful.has(part) ? weights.get(part) : undefined
      if (bounds !== undefined && !(bounds[0] > 0)) return refuse(part, weightMessage(bounds, last > 0, position))
    }
  }
  return undefined
}

const lawsTaken = (node: Any): ReadonlyArray<Any> => {
  switch (node._tag) {
    case "Normalize":
    case "Mask":
      return [node.of]
    case "Classifier":
      return node.over === undefined ? [] : [node.over]
    case "SelfDebias":
      return [node.of, node.against]
    default:
      return []
  }
}

const weightMessage = ([low, high]: Interval, schedule: boolean, position: number): string => {
  const where = schedule ? ` at position ${position}` : ""
  return high <= 0 || low === high
    ? `Cannot normalize a formula whose total weight is not positive: it is ${low === high ? low : `at most ${high}`}${where}`
    : `Cannot normalize a formula whose total weight may not be positive: it lies between ${low} and ${high}${where} ` +
        "(cautious bounds; the models may never reach the lower one)"
}

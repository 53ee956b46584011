import * as Result from "effect/Result"
import { type Factor, type Summand, sum } from "../logits/arithmetic.ts"
import { indicator } from "../logits/indicator.ts"
import { describe, type Row, RowProblem } from "../logits/row.ts"
import { selfDebias } from "../logits/self_debias.ts"
import { mask } from "../logits/truncation.ts"
import { intersection, union } from "../logits/union.ts"
import * as WeightedRow from "../logits/weighted_row.ts"
import { type Coefficient, coefficientAt } from "./coefficient.ts"
import { EvaluationError } from "./errors.ts"
import type { Any, ClassifierNode } from "./formula.ts"
import { toTruncation } from "./mask_rule.ts"
import type { LeafNode, Plan } from "./plan.ts"
import { excerpt } from "./syntax/print.ts"

/** What a formula is evaluated at. */
export interface Inputs {
  /** The logits of a leaf, or what a classifier term adds; `undefined` while it is pending. */
  readonly rows: (node: LeafNode | (Any & ClassifierNode)) => Row | undefined
  /** Number of tokens generated so far: where schedules stand. */
  readonly position: number
  /** V, for `uniform()`. */
  readonly vocabularySize: number
}

/**
 * The value of a formula at one context: pure, with all rows given. Theorem 1 of arXiv:2311.14479: a leaf is its
 * log-softmax with weight 1, sums add scores and weights, union and intersection choose token by token.
 */
export const evaluate = (plan: Plan, inputs: Inputs): Result.Result<WeightedRow.Weighted, EvaluationError> => {
  const values = new Map<Any, WeightedRow.Weighted>()
  const of = (node: Any) => values.get(node)!
  for (const node of plan.nodes) {
    if (plan.fused.has(node)) continue
    const value = evaluateNode(node, plan, inputs, of)
    if (value instanceof RowProblem) {
      const part = excerpt(node)
      const message = `Cannot evaluate ${part}: ${describe(value)}`
      return Result.fail(new EvaluationError({ part, reason: value.reason, message }))
    }
    values.set(node, value)
  }
  return Result.succeed(of(plan.root))
}

const evaluateNode = (
  node: Any,
  plan: Plan,
  inputs: Inputs,
  of: (node: Any) => WeightedRow.Weighted
): WeightedRow.Weighted | RowProblem => {
  switch (node._tag) {
    case "Model":
    case "Stream":
    case "Row": {
      const row = inputs.rows(node as LeafNode)
      if (row === undefined) return WeightedRow.pending
      if (row.length !== inputs.vocabularySize) return new RowProblem("length")
      return plan.exact.has(node) ? WeightedRow.fromLogits(row) : WeightedRow.make(row, 1)
    }
    case "Uniform":
      return WeightedRow.uniform(inputs.vocabularySize)
    case "Scores": {
      const row = inputs.rows(node.of as LeafNode)
      if (row === undefined) return WeightedRow.pending
      return row.length === inputs.vocabularySize ? WeightedRow.fromScores(row) : new RowProblem("length")
    }
    case "Classifier": {
      const row = of(node.over!)._tag === "Pending" ? undefined : inputs.rows(node)
      return row === undefined ? WeightedRow.pending : WeightedRow.make(row, 0)
    }
    case "Sum":
      return sumOf(node.terms, plan, inputs, of)
    case "Scale":
      return sumOf([node], plan, inputs, of)
    case "Union":
      return union(node.operands.map(of))
    case "Intersection":
      return intersection(node.operands.map(of))
    case "Supersede":
      return of(node.target)._tag === "Pending" ? of(node.draft) : of(node.target)
    case "SelfDebias":
      return selfDebias(of(node.of), of(node.against), node.strength)
    case "Mask":
      return mask(of(node.of), toTruncation(node.rule))
    case "Normalize": {
      const value = of(node.of)
      if (value._tag === "Pending") return value
      const law = WeightedRow.toLogProbs(value)
      return law instanceof RowProblem ? law : WeightedRow.make(law, 1)
    }
    case "Map":
      return WeightedRow.mapScores(of(node.of), node.map)
  }
}

const sumOf = (
  terms: ReadonlyArray<Any>,
  plan: Plan,
  inputs: Inputs,
  of: (node: Any) => WeightedRow.Weighted
): WeightedRow.Weighted | RowProblem => {
  const summands: Array<Summand> = []
  for (const term of terms) {
    const scaled = term._tag === "Scale" && (terms.length === 1 || plan.fused.has(term)) ? term : undefined
    const factor = scaled === undefined ? 1 : factorOf(scaled.by, inputs.position, of)
    if (factor !== undefined) summands.push({ factor, row: of(scaled?.of ?? term) })
  }
  return summands.length === 0 ? WeightedRow.pending : sum(summands)
}

/** Token weights as a row, made once. */
const rows = new WeakMap<Coefficient, Float64Array>()
const rowOf = (by: Coefficient & { readonly _tag: "TokenWeights" }): Float64Array => {
  const row = rows.get(by) ?? Float64Array.from(by.weights)
  rows.set(by, row)
  return row
}

/** A coefficient as a factor; `undefined` while its formula is pending. */
const factorOf = (by: Coefficient, position: number, of: (node: Any) => WeightedRow.Weighted): Factor | undefined => {
  if (by._tag === "TokenWeights") return rowOf(by)
  if (by._tag !== "Indicator") return coefficientAt(by, position)!
  const factor = indicator(of(by.of))
  return factor instanceof Float64Array ? factor : undefined
}

import { coefficientAt } from "../../src/formula/coefficient.ts"
import type { Any, Coefficient } from "../../src/formula/formula.ts"
import { toTruncation } from "../../src/formula/mask_rule.ts"
import type { SamplingOptions } from "../../src/sampling/options.ts"
import { naiveTruncate } from "../support/naive_truncation.ts"

/** Scores and one weight for each token. */
interface Value {
  readonly scores: ReadonlyArray<number>
  readonly weights: ReadonlyArray<number>
}

/** What a formula is looked at by: rows of its leaves, and the number of tokens before. */
export interface At {
  readonly rows: (leaf: Any) => ArrayLike<number>
  readonly size: number
  readonly position: number
}

const none = Number.NEGATIVE_INFINITY
const times = (a: number, b: number) => (a === 0 ? 0 : a * b)
const logZ = (row: ReadonlyArray<number>) => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))
const normal = (row: ReadonlyArray<number>) => row.map((x) => x - logZ(row))
const divided = ({ scores, weights }: Value) => scores.map((x, i) => x / weights[i]!)
const one = (scores: ReadonlyArray<number>): Value => ({ scores, weights: scores.map(() => 1) })

/**
 * The value of a formula as Theorem 1 of arXiv:2311.14479 and the documentation of the operators say it, on plain
 * numbers: nothing of the library's own evaluation is used. `supersede` is its target: all rows are there.
 */
const value = (node: Any, at: At): Value => {
  const of = (child: Any) => value(child, at)
  switch (node._tag) {
    case "Model":
    case "Stream":
    case "Row":
      return one(normal(Array.from(at.rows(node))))
    case "Uniform":
      return one(Array.from({ length: at.size }, () => -Math.log(at.size)))
    case "Scores":
      return { scores: Array.from(at.rows(node.of)), weights: Array.from({ length: at.size }, () => 0) }
    case "Classifier":
      return { scores: Array.from(at.rows(node)), weights: Array.from({ length: at.size }, () => 0) }
    case "Sum":
      return node.terms.map(of).reduce((a, b) => ({
        scores: a.scores.map((x, i) => x + b.scores[i]!),
        weights: a.weights.map((x, i) => x + b.weights[i]!)
      }))
    case "Scale": {
      const { scores, weights } = of(node.of)
      const by = factors(node.by, at)
      return { scores: scores.map((x, i) => times(by(i), x)), weights: weights.map((x, i) => times(by(i), x)) }
    }
    case "Union":
      return node.operands.map(of).reduce(choose((left, right) => right > left))
    case "Intersection":
      return node.operands.map(of).reduce(choose((left, right) => right <= left))
    case "Supersede":
      return of(node.target)
    case "SelfDebias": {
      const [p, q] = [node.of, node.against].map((child) => normal(divided(of(child))))
      return one(normal(p!.map((x, i) => x + node.strength * Math.min(Math.exp(x) - Math.exp(q![i]!), 0))))
    }
    case "Mask": {
      const inner = of(node.of)
      const law = naiveTruncate(normal(divided(inner)), toTruncation(node.rule))
      return { scores: law.map((x, i) => x * inner.weights[i]!), weights: inner.weights }
    }
    case "Normalize":
      return one(normal(divided(of(node.of))))
    case "Map": {
      const { scores, weights } = of(node.of)
      return { scores: [...node.map(Float64Array.from(scores))], weights }
    }
  }
}

const choose =
  (takesRight: (left: number, right: number) => boolean) =>
  (a: Value, b: Value): Value => ({
    scores: a.scores.map((x, i) => (takesRight(x, b.scores[i]!) ? b.scores[i]! : x)),
    weights: a.weights.map((x, i) => (takesRight(a.scores[i]!, b.scores[i]!) ? b.weights[i]! : x))
  })

const factors = (by: Coefficient, at: At): ((token: number) => number) => {
  if (by._tag === "TokenWeights") return (token) => by.weights[token]!
  if (by._tag === "Indicator") {
    const { scores } = value(by.of, at)
    return (token) => (scores[token]! >= 0 ? 1 : 0)
  }
  const factor = coefficientAt(by, at.position)!
  return () => factor
}

/** What the next token is drawn from: the formula's law, then the sampling options in the order of their documentation. */
export const lawByHand = (
  formula: Any,
  at: At,
  options: SamplingOptions,
  history: { readonly prompt: ReadonlyArray<number>; readonly completion: ReadonlyArray<number> }
): Float64Array => {
  let row = normal(divided(value(formula, at)))
  const { completion, prompt } = history
  const { frequencyPenalty = 0, logitBias = {}, presencePenalty = 0, repetitionPenalty = 1, temperature = 1 } = options
  row = row.map((x, token) => x + (logitBias[`${token}`] ?? 0))
  row = row.map((x, token) => {
    if (![...prompt, ...completion].includes(token)) return x
    return x < 0 ? x * repetitionPenalty : x / repetitionPenalty
  })
  row = row.map((x, token) => x - (completion.includes(token) ? presencePenalty : 0))
  row = row.map((x, token) => x - frequencyPenalty * completion.filter((other) => other === token).length)
  // no token is possible: there is no law
  if (!row.some(Number.isFinite)) return new Float64Array(at.size)
  if (temperature === 0) row = row.map((_, token) => (token === row.indexOf(Math.max(...row)) ? 0 : none))
  else row = [...naiveTruncate(normal(row.map((x) => x / temperature)), { ...options, temperature: 1 })]
  return Float64Array.from(normal(row), Math.exp)
}

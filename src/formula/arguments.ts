import type { Mix } from "../interpolation/mix.ts"
import { refuseMix } from "../interpolation/variant.ts"
import { refuseClassifier } from "./classifier.ts"
import type { Coefficient } from "./coefficient.ts"
import type { Any } from "./formula.ts"
import type { MaskRule } from "./mask_rule.ts"
import { isAttributeName } from "./syntax/attribute.ts"

/** The longest schedule: bounds of weights are checked at each of its positions. */
export const LONGEST_SCHEDULE = 10_000

/** What is wrong with the arguments of a node, if anything: "Cannot … as …". */
export const refuseArguments = (node: Any): string | undefined => {
  switch (node._tag) {
    case "Model":
      return node.mix && (refuseNames(node.mix) ?? refuseMix(node.mix))
    case "Row":
      return refuseRow(node.logits)
    case "Scores":
      return node.of._tag === "Model" || node.of._tag === "Stream" || node.of._tag === "Row"
        ? undefined
        : "Cannot take raw scores of anything but a model, a stream or a row"
    case "Sum":
      return node.terms.length > 0 ? undefined : "Cannot sum no terms"
    case "Union":
    case "Intersection":
      return node.operands.length > 1 ? undefined : `Cannot combine fewer than two operands`
    case "Scale":
      return refuseCoefficient(node.by)
    case "SelfDebias":
      return Number.isFinite(node.strength) ? undefined : `Cannot use ${node.strength} as a strength: a finite number`
    case "Mask":
      return refuseRule(node.rule)
    case "Classifier":
      return refuseClassifier(node)
    default:
      return undefined
  }
}

const refuseNames = ({ attributes }: Mix): string | undefined => {
  const bad = attributes.find(({ name }) => !isAttributeName(name))
  return (
    bad &&
    `Cannot use ${JSON.stringify(bad.name)} as the name of an attribute: letters, digits and _, and not lambdaSum`
  )
}

const refuseRow = (logits: ReadonlyArray<number>): string | undefined => {
  const bad = logits.findIndex((x) => Number.isNaN(x) || x === Number.POSITIVE_INFINITY)
  if (bad >= 0) return `Cannot use ${logits[bad]} as the logit of token ${bad}: a finite number or -Infinity`
  return logits.some(Number.isFinite) ? undefined : "Cannot use a row without a possible token"
}

const refuseCoefficient = (by: Coefficient): string | undefined => {
  switch (by._tag) {
    case "Number":
      return Number.isFinite(by.value) ? undefined : `Cannot use ${by.value} as a coefficient: a finite number`
    case "Linear":
      if (![by.from, by.to].every(Number.isFinite)) return "Cannot use a schedule whose ends are not finite numbers"
      return isWhole(by.steps, 1, LONGEST_SCHEDULE)
        ? undefined
        : `Cannot use ${by.steps} steps: a whole number from 1 to ${LONGEST_SCHEDULE}`
    case "Steps": {
      if (![by.first, ...by.changes.map(([, value]) => value)].every(Number.isFinite)) {
        return "Cannot use a schedule whose values are not finite numbers"
      }
      const rising = by.changes.every(([at], i) => isWhole(at, (by.changes[i - 1]?.[0] ?? 0) + 1, LONGEST_SCHEDULE))
      return rising
        ? undefined
        : `Cannot change at positions that do not rise, in whole numbers from 1 to ${LONGEST_SCHEDULE}`
    }
    case "TokenWeights": {
      const bad = by.weights.findIndex((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY))
      if (by.weights.length === 0) return "Cannot use an empty row of token weights"
      return bad < 0 ? undefined : `Cannot use ${by.weights[bad]} as the weight of token ${bad}: a finite number >= 0`
    }
    case "Indicator":
      return undefined
  }
}

const isWhole = (x: number, low: number, high: number): boolean => Number.isInteger(x) && x >= low && x <= high

const refuseRule = (rule: MaskRule): string | undefined => {
  switch (rule._tag) {
    case "topK":
      return refuseTopK(rule.k)
    case "topP":
      return refuseTopP(rule.p)
    case "minP":
      return refuseShare("minP", rule.p)
    case "plausible":
      return refuseShare("plausibility", rule.share)
    case "truncate":
      return refuseTopK(rule.topK) ?? refuseTopP(rule.topP) ?? refuseTemperature(rule.temperature)
  }
}

const refuseTopK = (k: number) =>
  Number.isInteger(k) && k >= 0 ? undefined : `Cannot use ${k} as topK: a whole number >= 0, where 0 keeps all`
const refuseTopP = (p: number) => (p > 0 && p <= 1 ? undefined : `Cannot use ${p} as topP: a number in (0, 1]`)
const refuseShare = (name: string, p: number) =>
  p >= 0 && p <= 1 ? undefined : `Cannot use ${p} as ${name}: a number in [0, 1]`
const refuseTemperature = (t: number) =>
  t > 0 && t < Number.POSITIVE_INFINITY ? undefined : `Cannot use ${t} as the temperature of a mask: a number > 0`

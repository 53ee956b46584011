import type { AttributeSettings } from "../../interpolation/mix.ts"
import { type Coefficient, number } from "../coefficient.ts"
import { type Any, make } from "../formula.ts"
import { uniform } from "../leaves.ts"
import { scale } from "../operators.ts"
import { cut, refuse } from "./syntax_error.ts"

/** What a part of the text stands for, and where it begins. */
export type Value = { readonly at: number } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "formula"; readonly formula: Any }
  /** The terms of a sum that may become part of a longer one. */
  | { readonly kind: "sum"; readonly terms: Terms }
  /** Coefficients that wait for their formula, the outermost first. */
  | { readonly kind: "factors"; readonly factors: ReadonlyArray<Coefficient> }
  | { readonly kind: "list"; readonly values: ReadonlyArray<number> }
  | { readonly kind: "change"; readonly change: readonly [at: number, value: number] }
  | { readonly kind: "attribute"; readonly attribute: AttributeSettings }
)

/** A value whose sum is built. */
export type Settled = Exclude<Value, { readonly kind: "sum" }>

/** How many terms and coefficients a text may still have: those of a definition count as often as it is used. */
export interface Budget {
  terms: number
}

/** Terms in order. The lists within are sums that stood in parentheses: copied once, however deep they are nested. */
export type Terms = ReadonlyArray<Any | Terms>

/** A value with its sum built, which takes its terms from the budget. */
export const settle = (value: Value, budget: Budget): Settled => {
  if (value.kind !== "sum") return value
  const terms: Array<Any> = []
  const open: Array<Iterator<Any | Terms>> = [value.terms.values()]
  while (open.length > 0) {
    const { done, value: term } = open.at(-1)!.next()
    if (done === true) open.pop()
    else if (Array.isArray(term)) open.push(term.values())
    else {
      spend(budget, 1, value.at)
      terms.push(term as Any)
    }
  }
  return { kind: "formula", at: value.at, formula: make({ _tag: "Sum", terms }) }
}

/** Takes a number of terms or coefficients from the budget. */
export const spend = (budget: Budget, count: number, at: number): void => {
  budget.terms -= count
  if (budget.terms < 0) refuse(at, "too many terms: there are more than a million, with definitions written out")
}

/** The formula that a settled value is, a number being that much of `uniform()`; anything else is refused. */
export const toFormula = (value: Settled): Any => {
  switch (value.kind) {
    case "formula":
      return value.formula
    case "number":
      return scaled(uniform(), number(value.value), value.at)
    case "text":
      return refuse(value.at, `a string is no term: write prompt(${JSON.stringify(cut(value.value, 40))})`)
    case "factors":
      return refuse(value.at, "a coefficient is no term: multiply a formula by it")
    default:
      return refuse(value.at, `expected a formula, got ${describe(value)}`)
  }
}

/** `scale`, where the number that comes of it must be finite. */
export const scaled = (formula: Any, by: Coefficient, at: number): Any => {
  const out = scale(formula, by)
  return out._tag === "Scale" && out.by._tag === "Number" && !Number.isFinite(out.by.value)
    ? refuse(at, `expected a finite number, got ${out.by.value}`)
    : out
}

/** What came, in words. */
export const describe = (value: Settled): string => {
  switch (value.kind) {
    case "number":
      return `the number ${value.value}`
    case "text":
      return `the string ${JSON.stringify(cut(value.value, 40))}`
    case "factors":
      return "a coefficient"
    case "list":
      return `the list [${cut(value.values.slice(0, 40).join(", "), 40)}]`
    case "change":
      return "a position with its value"
    case "attribute":
      return value.attribute.lambda === undefined ? "an alpha with its anchors" : "an alpha with its lambda"
    case "formula":
      return "a formula"
  }
}

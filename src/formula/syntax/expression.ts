import { type Coefficient, number } from "../coefficient.ts"
import type { Any } from "../formula.ts"
import { refuse } from "./syntax_error.ts"
import { type Budget, scaled, settle, spend, type Terms, toFormula, type Value } from "./value.ts"

/** An expression as far as it has been read: its terms, then the product that is being read. */
export interface Expression {
  readonly terms: Array<Term>
  /** Whether the product is subtracted. */
  minus: boolean
  /** The factors of the product, each with the place of the `*` before it. */
  readonly factors: Array<{ readonly value: Value; readonly times: number }>
  /** Where the last `*` stands. */
  times: number
  /** Whether an odd number of signs `-` stands before the next factor. */
  negative: boolean
}

interface Term {
  readonly minus: boolean
  readonly value: Value
}

/** An expression of which nothing has been read. */
export const start = (): Expression => ({ terms: [], minus: false, factors: [], times: 0, negative: false })

/** Whether nothing has been read. */
export const isEmpty = (self: Expression): boolean =>
  self.terms.length === 0 && self.factors.length === 0 && !self.negative

/** Takes the next factor of the product. */
export const pushFactor = (self: Expression, value: Value): void => {
  const { times } = self
  if (self.negative) self.factors.push({ value: { kind: "number", at: value.at, value: -1 }, times })
  self.negative = false
  self.factors.push({ value, times })
}

/** Ends the product; the next one is added or, after a `minus`, subtracted. */
export const endTerm = (self: Expression, minus: boolean, budget: Budget): void => {
  self.terms.push({ minus: self.minus, value: product(self.factors, budget) })
  self.factors.length = 0
  self.minus = minus
}

/** What the whole expression stands for. */
export const finish = (self: Expression, budget: Budget): Value => {
  endTerm(self, false, budget)
  return total(self.terms, budget)
}

/** Coefficients wait for the formula and then go over it from the right; those after it go over it as they come. */
const product = (factors: Expression["factors"], budget: Budget): Value => {
  if (factors.length === 1) return factors[0]!.value
  const { at } = factors[0]!.value
  const waiting: Array<Coefficient> = []
  let formula: Any | undefined
  for (const { value: unsettled, times } of factors) {
    const value = settle(unsettled, budget)
    const by = value.kind === "number" ? [number(value.value)] : value.kind === "factors" ? value.factors : undefined
    if (value.kind === "factors") spend(budget, value.factors.length, value.at)
    if (by !== undefined && formula === undefined) for (const coefficient of by) wait(waiting, coefficient)
    else if (by !== undefined) formula = by.reduceRight((f, coefficient) => scaled(f, coefficient, value.at), formula!)
    else if (formula !== undefined) {
      toFormula(value)
      refuse(times, "a product needs a number or a coefficient on one side")
    } else formula = waiting.reduceRight((f, coefficient) => scaled(f, coefficient, at), toFormula(value))
  }
  if (formula !== undefined) return { kind: "formula", at, formula }
  const [first] = waiting
  return waiting.length === 1 && first?._tag === "Number"
    ? { kind: "number", at, value: first.value }
    : { kind: "factors", at, factors: waiting }
}

/** Numbers that follow one another become their product. */
const wait = (waiting: Array<Coefficient>, coefficient: Coefficient): void => {
  const last = waiting.at(-1)
  if (last?._tag === "Number" && coefficient._tag === "Number") {
    waiting[waiting.length - 1] = number(last.value * coefficient.value)
  } else waiting.push(coefficient)
}

/** Numbers at the front are added up; the rest is the one sum that `add` and `subtract` give from the left. */
const total = (terms: ReadonlyArray<Term>, budget: Budget): Value => {
  if (terms.length === 1) return terms[0]!.value
  const { at } = terms[0]!.value
  let constant = 0
  let read = 0
  for (const { minus, value } of terms) {
    if (value.kind !== "number") break
    constant += minus ? -value.value : value.value
    read++
  }
  const front: Value = { kind: "number", at, value: constant }
  if (read === terms.length) return front
  const out: Array<Any | Terms> = read === 0 ? [] : [toFormula(front)]
  for (const { minus, value } of terms.slice(read)) {
    if (value.kind === "sum" && !minus) out.push(value.terms)
    else {
      const formula = toFormula(settle(value, budget))
      out.push(termsOf(minus ? scaled(formula, number(-1), value.at) : formula))
    }
  }
  return { kind: "sum", at, terms: out }
}

const termsOf = (formula: Any): Any | Terms => (formula._tag === "Sum" ? formula.terms : formula)

import { type Coefficient, coefficientAt, settledAt } from "./coefficient.ts"
import { fold, postorder } from "./fold.ts"
import type { Any } from "./formula.ts"
import { distinct } from "./identity.ts"
import { isLeaf } from "./leaves.ts"

/** The least and the greatest value that a weight can have at any token. */
export type Interval = readonly [low: number, high: number]

/**
 * A weight as a linear form, like terms collected: a constant, plus coefficients times weights that differ from token
 * to token (a union's, an indicator's). What cancels, cancels exactly.
 */
interface Form {
  readonly constant: number
  readonly varying: ReadonlyMap<string, { readonly coefficient: number; readonly bounds: Interval }>
}

const constant = (value: number): Form => ({ constant: value, varying: new Map() })

const addForms = (forms: ReadonlyArray<Form>): Form => {
  const varying = new Map<string, { coefficient: number; bounds: Interval }>()
  let sum = 0
  for (const form of forms) {
    sum = plus(sum, form.constant)
    for (const [id, { bounds, coefficient }] of form.varying) {
      varying.set(id, { bounds, coefficient: plus(varying.get(id)?.coefficient ?? 0, coefficient) })
    }
  }
  return { constant: sum, varying }
}

/** A sum in which what cancels but for rounding, as 0.1 + 0.2 - 0.3 does, cancels. */
const plus = (a: number, b: number): number => (Math.abs(a + b) <= 1e-14 * (Math.abs(a) + Math.abs(b)) ? 0 : a + b)

const timesNumber = (form: Form, k: number): Form => ({
  constant: form.constant * k,
  varying: new Map([...form.varying].map(([id, v]) => [id, { ...v, coefficient: v.coefficient * k }]))
})

/** Times a row of token weights: every part of the form becomes one that differs from token to token. */
const timesRow = (form: Form, id: string, row: Interval): Form => {
  const parts = [...form.varying].map(
    ([part, v]) => [`${id}*${part}`, { ...v, bounds: product(row, v.bounds) }] as const
  )
  const first = form.constant === 0 ? [] : [[id, { coefficient: form.constant, bounds: row }] as const]
  return { constant: 0, varying: new Map([...first, ...parts]) }
}

/** Past so many parts a form is kept as its bounds: products of sums would grow without end. */
const mostParts = 64

const capped = (id: string, form: Form | undefined): Form | undefined =>
  form === undefined || form.varying.size <= mostParts
    ? form
    : { constant: 0, varying: new Map([[`all${id}`, { coefficient: 1, bounds: toInterval(form) }]]) }

const product = (a: Interval, b: Interval): Interval => {
  const all = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]]
  return [Math.min(...all), Math.max(...all)]
}

const toInterval = (form: Form): Interval => {
  let low = form.constant
  let high = form.constant
  for (const { bounds, coefficient } of form.varying.values()) {
    const [a, b] = product([coefficient, coefficient], bounds)
    low += a
    high += b
  }
  return [low, high]
}

const rowInterval = (by: Coefficient): Interval => {
  if (by._tag !== "TokenWeights") return [0, 1]
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const weight of by.weights) {
    low = Math.min(low, weight)
    high = Math.max(high, weight)
  }
  return [low, high]
}

/** Which leaves have no rows yet: they give the bounds of the partial formula. */
export type IsPending = (leaf: Any) => boolean

/** Bounds of the weight of a node at one position, or `undefined` while it is pending. */
export type Weights = ReadonlyMap<Any, Interval | undefined>

/**
 * Bounds of the total weight of every node at a position, computed without any model: intervals after like terms are
 * collected. Terms are alike when they are one object: see `distinct`.
 */
export const weightsAt = (root: Any, position: number, pending: IsPending = () => false): Weights => {
  const out = new Map<Any, Interval | undefined>()
  const ids = new Map(postorder(root).map((node, i) => [node, `${i}`] as const))
  fold<Form | undefined>(root, (node, of) => {
    const form = capped(ids.get(node)!, isLeaf(node) && pending(node) ? undefined : formOf(node, of, ids, position))
    out.set(node, form && toInterval(form))
    return form
  })
  return out
}

const formOf = (
  node: Any,
  of: (child: Any) => Form | undefined,
  ids: ReadonlyMap<Any, string>,
  position: number
): Form | undefined => {
  switch (node._tag) {
    case "Model":
    case "Stream":
    case "Row":
    case "Uniform":
      return constant(1)
    case "Scores":
      return of(node.of) && constant(0)
    case "Classifier":
      return node.over === undefined ? constant(0) : of(node.over) && constant(0)
    case "Sum": {
      const known = node.terms.map(of).filter((form) => form !== undefined)
      return known.length === 0 ? undefined : addForms(known)
    }
    case "Scale": {
      const form = of(node.of)
      const k = coefficientAt(node.by, position)
      if (form === undefined || (node.by._tag === "Indicator" && of(node.by.of) === undefined)) return undefined
      return k === undefined ? timesRow(form, `by${ids.get(node)}`, rowInterval(node.by)) : timesNumber(form, k)
    }
    case "Union":
    case "Intersection": {
      const forms = node.operands.map(of)
      if (forms.some((form) => form === undefined)) return undefined
      const all = (forms as ReadonlyArray<Form>).map(toInterval)
      const bounds: Interval = [Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))]
      return bounds[0] === bounds[1]
        ? constant(bounds[0])
        : { constant: 0, varying: new Map([[ids.get(node)!, { coefficient: 1, bounds }]]) }
    }
    case "Supersede":
      return of(node.target) ?? of(node.draft)
    case "SelfDebias":
      return of(node.of) && of(node.against) && constant(1)
    case "Normalize":
      return of(node.of) && constant(1)
    case "Mask":
    case "Map":
      return of(node.of)
  }
}

/** The positions at which a formula's weights have to be looked at: they do not change after the last one. */
export const positions = (root: Any): number => {
  let last = 0
  for (const node of postorder(root)) if (node._tag === "Scale") last = Math.max(last, settledAt(node.by))
  return last
}

/** Bounds of the total weight of a formula over all positions; `undefined` where everything is pending. */
export const weightBounds = (formula: Any, pending: IsPending = () => false): Interval | undefined => {
  const root = distinct(formula)
  let all: Interval | undefined
  for (let position = 0; position <= positions(root); position++) {
    const bounds = weightsAt(root, position, pending).get(root)
    if (bounds !== undefined)
      all = [Math.min(all?.[0] ?? bounds[0], bounds[0]), Math.max(all?.[1] ?? bounds[1], bounds[1])]
  }
  return all
}

import type { AttributeSettings, LambdaSum } from "../../interpolation/mix.ts"
import { isClassifier } from "../classifier.ts"
import type { Any, ClassifierNode, ModelNode, PromptTemplate } from "../formula.ts"
import { attributeOf, expectedAttribute } from "./attribute.ts"
import { type Settled, toFormula } from "./value.ts"

/** What an argument must be, and how it is read: as `undefined` where it is something else. */
export interface Kind<A> {
  readonly expected: string
  readonly read: (value: Settled) => A | undefined
  readonly isOptional?: boolean
}

/** A formula, or a number as that much of `uniform()`. */
export const formula: Kind<Any> = { expected: "a formula", read: toFormula }

/** A finite number. */
export const number: Kind<number> = {
  expected: "a finite number",
  read: (value) => (value.kind === "number" && Number.isFinite(value.value) ? value.value : undefined)
}

/** A string. */
export const text: Kind<string> = {
  expected: "a string",
  read: (value) => (value.kind === "text" ? value.value : undefined)
}

/** How a prompt comes before the user's. */
export const template: Kind<PromptTemplate> = {
  expected: '"auto", "chat" or "plain"',
  read: (value) => {
    const name = text.read(value)
    return name === "auto" || name === "chat" || name === "plain" ? name : undefined
  }
}

/** A classifier by its name, or a term of one, which stands for it. */
export const classifierTerm: Kind<string | (Any & ClassifierNode)> = {
  expected: "the name of a classifier",
  read: (value) => (value.kind === "formula" && isClassifier(value.formula) ? value.formula : text.read(value))
}

/** Whether the label of a classifier is to be likely or unlikely. */
export const goal: Kind<"maximize" | "minimize"> = {
  expected: '"maximize" or "minimize"',
  read: (value) => {
    const name = text.read(value)
    return name === "maximize" || name === "minimize" ? name : undefined
  }
}

/** A model or a prompt that may take a mix. */
export const base: Kind<Any & ModelNode> = {
  expected: "a model() or a prompt() that is not interpolated yet",
  read: (value) =>
    value.kind === "formula" && value.formula._tag === "Model" && value.formula.mix === undefined
      ? value.formula
      : undefined
}

/** The alpha of an attribute, perhaps with its anchors and its lambda. */
export const attribute: Kind<AttributeSettings> = { expected: expectedAttribute, read: attributeOf }

/** What lambdas sum to. */
export const lambdaSum: Kind<LambdaSum> = {
  expected: '"one" or "any"',
  read: (value) => {
    const name = text.read(value)
    return name === "one" || name === "any" ? name : undefined
  }
}

const list = (expected: string, isElement: (x: number) => boolean): Kind<ReadonlyArray<number>> => ({
  expected,
  read: (value) => (value.kind === "list" && value.values.every(isElement) ? value.values : undefined)
})

/** The numbers of a list. */
export const numbers = list("a list of finite numbers", Number.isFinite)

/** The numbers of a row. */
export const logits = list(
  "a list of finite numbers and -inf",
  (x) => Number.isFinite(x) || x === Number.NEGATIVE_INFINITY
)

/** A position and the value from there on. */
export const change: Kind<readonly [at: number, value: number]> = {
  expected: "a position with its value, such as 10: 0.5",
  read: (value) => (value.kind === "change" ? value.change : undefined)
}

/** An argument that may be left out. */
export const optional = <A>(kind: Kind<A>): Kind<A | undefined> => ({ ...kind, isOptional: true })

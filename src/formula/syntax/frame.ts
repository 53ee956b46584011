import type { AttributeSettings } from "../../interpolation/mix.ts"
import { attributeOf } from "./attribute.ts"
import { type Expression, finish, isEmpty, start } from "./expression.ts"
import { refuse } from "./syntax_error.ts"
import { type Budget, describe, type Settled, settle, type Value } from "./value.ts"
import type { Call } from "./word.ts"
import { words } from "./words.ts"

/** What is open at a place of the text: an item, a parenthesis, a list or the arguments of a word, from `at`. */
export type Frame = { readonly at: number; expression: Expression } & (
  | { readonly kind: "definition"; readonly name: string }
  | { readonly kind: "formula" | "parenthesis" }
  | { readonly kind: "list"; readonly values: Array<number> }
  | CallFrame
)

/** A list or a call is what commas divide. */
export type Divided = Extract<Frame, { readonly kind: "list" | "call" }>

interface CallFrame {
  readonly kind: "call"
  readonly word: string
  /** Where the word begins; `at` is its parenthesis. */
  readonly from: number
  readonly positional: Array<Call["positional"][number]>
  readonly named: Array<Call["named"][number]>
  /** The name of the argument that is being read. */
  name: { readonly name: string; readonly at: number } | undefined
  /** What stood before a `:` or an `@` within the argument. */
  left: Left | undefined
}

type Left =
  | { readonly symbol: ":"; readonly at: number; readonly position: number }
  | { readonly symbol: "@"; readonly at: number; readonly attribute: AttributeSettings }

/** What closes a frame; nothing but the end of its expression closes an item. */
export const closing = { parenthesis: ")", list: "]", call: ")", definition: undefined, formula: undefined } as const

/** What may follow a complete value in a frame. */
export const expectedIn = {
  parenthesis: 'an operator or ")"',
  list: '"," or "]"',
  call: 'an operator, "," or ")"',
  definition: "an operator or the next definition",
  formula: "an operator or the end of the text"
} as const

/** Opens the arguments of a word. */
export const call = (word: string, from: number, at: number): Frame => ({
  kind: "call",
  word,
  from,
  at,
  expression: start(),
  positional: [],
  named: [],
  name: undefined,
  left: undefined
})

/** Whether commas divide what is in a frame. */
export const isDivided = (frame: Frame): frame is Divided => frame.kind === "list" || frame.kind === "call"

/** Whether a list or call may close without a value: nothing stands in it. */
export const isBare = (frame: Frame): frame is Divided =>
  isEmpty(frame.expression) &&
  (frame.kind === "list"
    ? frame.values.length === 0
    : isBeforeName(frame) && frame.positional.length + frame.named.length === 0)

/** Whether an argument begins here, which may have a name. */
export const isBeforeName = (frame: Frame): frame is CallFrame & Frame =>
  frame.kind === "call" && isEmpty(frame.expression) && frame.name === undefined && frame.left === undefined

/** Ends the value that a frame was reading. */
export const take = (frame: Frame, budget: Budget): Value => {
  const value = finish(frame.expression, budget)
  frame.expression = start()
  return value
}

/** Ends the position of a change, whose value comes next, or an alpha, whose lambda comes next. */
export const takeLeft = (frame: CallFrame & Frame, symbol: ":" | "@", budget: Budget): void => {
  const value = settle(take(frame, budget), budget)
  const { at } = value
  if (symbol === ":") frame.left = { symbol, at, position: numberOf(value, "a position") }
  else {
    const attribute = attributeOf(value)
    if (attribute === undefined) refuse(at, `a finite alpha stands before @, got ${describe(value)}`)
    else if (attribute.lambda !== undefined) refuse(at, "the lambda is given twice")
    else frame.left = { symbol, at, attribute }
  }
}

/** Ends an element of a list or an argument of a word. */
export const takeArgument = (frame: Divided, budget: Budget): void => {
  const value = settle(take(frame, budget), budget)
  if (frame.kind === "list") frame.values.push(numberOf(value, "an element of a list"))
  else {
    const argument = frame.left === undefined ? value : complete(frame.left, value)
    if (frame.name === undefined) frame.positional.push(argument)
    else frame.named.push({ ...frame.name, value: argument })
    frame.name = undefined
    frame.left = undefined
  }
}

/** What a closed list or call stands for. */
export const close = (frame: Divided): Settled => {
  if (frame.kind === "list") return { kind: "list", at: frame.at, values: frame.values }
  const { from, positional, named } = frame
  return words.get(frame.word)!.call({ at: from, positional, named })
}

const complete = (left: Left, value: Settled): Settled => {
  const { at } = left
  if (left.symbol === "@") {
    const lambda = numberOf(value, "a lambda")
    return Number.isFinite(lambda)
      ? { kind: "attribute", at, attribute: { ...left.attribute, lambda } }
      : refuse(value.at, "a lambda must be a finite number")
  }
  const to = numberOf(value, "the value of a change")
  return Number.isFinite(left.position) && Number.isFinite(to)
    ? { kind: "change", at, change: [left.position, to] }
    : refuse(at, "a position and its value must be finite numbers")
}

const numberOf = (value: Settled, what: string): number =>
  value.kind === "number" ? value.value : refuse(value.at, `${what} must be a number, got ${describe(value)}`)

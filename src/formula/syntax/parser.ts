import type { Any } from "../formula.ts"
import { endTerm, isEmpty, pushFactor, start } from "./expression.ts"
import {
  call,
  close,
  closing,
  expectedIn,
  type Frame,
  isBare,
  isBeforeName,
  isDivided,
  take,
  takeArgument,
  takeLeft
} from "./frame.ts"
import { next, type Token } from "./lexer.ts"
import { Scope } from "./scope.ts"
import { cut, refuse } from "./syntax_error.ts"
import { type Budget, describe, type Settled, settle, toFormula, type Value } from "./value.ts"
import { words } from "./words.ts"

/** How many terms and coefficients a text may have, with definitions written out: a few lines could double them to any number. */
const MAX_TERMS = 1_000_000

/**
 * Reads one text, token by token, with a stack of its own for what is open: nesting is bounded by memory alone.
 * Throws a `Refusal` where the text is no formula.
 */
export class Parser {
  readonly #text: string
  readonly #scope: Scope
  readonly #budget: Budget = { terms: MAX_TERMS }
  readonly #open: Array<Frame> = []
  #token: Token
  #ahead: Token | undefined
  /** Where the last token that was read ends. */
  #end = 0

  constructor(text: string, names: Readonly<Record<string, Any>>, numbers: Readonly<Record<string, number>>) {
    this.#text = text
    this.#scope = new Scope(names, numbers)
    this.#token = next(text, 0)
  }

  /** The formula of the text. */
  parse(): Any {
    for (;;) {
      this.#openItem()
      do {
        while (!this.#readFactor());
      } while (this.#readOperator())
      const item = this.#open.pop()!
      const value = settle(take(item, this.#budget), this.#budget)
      if (item.kind !== "definition") return this.#last(value)
      this.#scope.define(item.name, value)
      if (this.#token.kind === "end") this.#unexpected(`a formula after the definition of ${cut(item.name, 40)}`)
    }
  }

  /** The formulas that the text gave names to. */
  definitions(): Readonly<Record<string, Any>> {
    return this.#scope.formulas()
  }

  /** The given numbers that the text does not name. */
  unused(): ReadonlyArray<string> {
    return this.#scope.unused()
  }

  /** Opens a definition, or the formula after all definitions. */
  #openItem(): void {
    const token = this.#token
    const at = token.start
    if (token.kind === "name" && this.#peek("=")) {
      this.#scope.refuseName(token.value, at)
      this.#advance()
      this.#advance()
      this.#open.push({ kind: "definition", name: token.value, at, expression: start() })
    } else this.#open.push({ kind: "formula", at, expression: start() })
  }

  /** The value of the whole text. */
  #last(value: Settled): Any {
    if (this.#token.kind !== "end") this.#unexpected(expectedIn.formula)
    if (value.kind === "number") refuse(value.at, `a formula needs a model: there is only ${describe(value)}`)
    return toFormula(value)
  }

  /** Reads a sign, or what opens, or a value: whether a factor is complete with it. */
  #readFactor(): boolean {
    const token = this.#token
    const at = token.start
    const frame = this.#open.at(-1)!
    const symbol = token.kind === "symbol" ? token.value : undefined
    if (token.kind === "name") return this.#readName(frame, token.value, at)
    if (token.kind === "number") this.#push({ kind: "number", at, value: token.value })
    else if (token.kind === "text") this.#push({ kind: "text", at, value: token.value })
    else if (symbol !== undefined && symbol === closing[frame.kind] && isBare(frame)) this.#closeFrame(frame)
    else {
      if (symbol === "(") this.#open.push({ kind: "parenthesis", at, expression: start() })
      else if (symbol === "[") this.#open.push({ kind: "list", at, expression: start(), values: [] })
      else if (symbol === "-") frame.expression.negative = !frame.expression.negative
      else if (symbol !== "+") this.#unexpected(isDivided(frame) ? "an argument" : "a formula or a number")
      this.#advance()
      return false
    }
    return true
  }

  /** Reads a name; whether it was a complete factor. */
  #readName(frame: Frame, name: string, at: number): boolean {
    if (isBeforeName(frame) && this.#peek(":")) {
      frame.name = { name, at }
      this.#advance()
      this.#advance()
      return false
    }
    const word = words.get(name)
    if (word === undefined) {
      this.#push(this.#scope.lookUp(name, at, this.#peek("(") ? "word" : "name"))
      return true
    }
    if (!this.#peek("(")) refuse(at, `${name} is a word of the language: expected ${word.usage}`)
    this.#advance()
    this.#open.push(call(name, at, this.#token.start))
    this.#advance()
    return false
  }

  /** Reads what closes and then an operator: whether a factor follows, or the item is at its end. */
  #readOperator(): boolean {
    for (;;) {
      const frame = this.#open.at(-1)!
      const { expression } = frame
      const symbol = this.#token.kind === "symbol" ? this.#token.value : undefined
      if (symbol !== undefined && symbol === closing[frame.kind]) {
        this.#closeFrame(frame)
        continue
      }
      if (symbol === "*") expression.times = this.#token.start
      else if (symbol === "+" || symbol === "-") endTerm(expression, symbol === "-", this.#budget)
      else if (symbol === "," && isDivided(frame)) takeArgument(frame, this.#budget)
      else if ((symbol === ":" || symbol === "@") && frame.kind === "call" && frame.left === undefined)
        takeLeft(frame, symbol, this.#budget)
      else if (symbol === "/") refuse(this.#token.start, "there is no division: multiply by 1/n as a decimal instead")
      else if (closing[frame.kind] === undefined) return false
      else this.#unexpected(expectedIn[frame.kind])
      this.#advance()
      return true
    }
  }

  /** Ends what is open: it is a factor of what is around it. */
  #closeFrame(frame: Frame): void {
    if (isDivided(frame) && !isEmpty(frame.expression)) takeArgument(frame, this.#budget)
    const value = isDivided(frame) ? close(frame) : take(frame, this.#budget)
    this.#open.pop()
    this.#push(value)
  }

  /** The token that was read last is the end of a factor. */
  #push(value: Value): void {
    pushFactor(this.#open.at(-1)!.expression, value)
    this.#advance()
  }

  #advance(): void {
    this.#end = this.#token.end
    this.#token = this.#ahead ?? next(this.#text, this.#token.end)
    this.#ahead = undefined
  }

  /** Whether a symbol comes after the token. */
  #peek(symbol: string): boolean {
    this.#ahead ??= next(this.#text, this.#token.end)
    return this.#ahead.kind === "symbol" && this.#ahead.value === symbol
  }

  #unexpected(expected: string): never {
    const token = this.#token
    if (token.kind === "problem") return refuse(token.start, token.reason)
    const { kind, at } = this.#open.at(-1) ?? { kind: "formula", at: 0 }
    const text = this.#text
    if (token.kind !== "end") {
      const shown = JSON.stringify(cut(text.slice(token.start, token.end), 40))
      return refuse(token.start, `unexpected ${shown}: expected ${expected}`)
    }
    return closing[kind] === undefined
      ? refuse(this.#end, `unexpected end of the text: expected ${expected}`)
      : refuse(
          at,
          `unclosed ${JSON.stringify(text[at])}: expected ${JSON.stringify(closing[kind])} before the end of the text`
        )
  }
}

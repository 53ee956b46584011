import type { Any } from "../formula.ts"
import { endTerm, isEmpty, pushFactor, start } from "./expression.ts"
import { call, close, closing, type Frame, isBare, isDivided, take, takeArgument, takePosition } from "./frame.ts"
import { next, type Token } from "./lexer.ts"
import { Scope } from "./scope.ts"
import { cut, refuse } from "./syntax_error.ts"
import { type Budget, settle, toFormula, type Value } from "./value.ts"
import { words } from "./words.ts"

/** How many terms all sums of a text may have together, where a definition counts each time a sum uses it. */
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

  constructor(text: string, names: Readonly<Record<string, Any>>) {
    this.#text = text
    this.#scope = new Scope(names)
    this.#token = next(text, 0)
  }

  /** The formula of the text. */
  parse(): Any {
    for (;;) {
      this.#openItem()
      do this.#readFactor()
      while (this.#readOperator())
      const item = this.#open.pop()!
      const value = settle(take(item, this.#budget), this.#budget)
      if (item.kind !== "definition") return this.#last(value)
      this.#scope.define(item.name, value)
      if (this.#token.kind === "end") this.#unexpected(`a formula after the definition of ${cut(item.name, 40)}`)
    }
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

  /** Reads signs and opening parentheses, up to the first value. */
  #readFactor(): void {
    for (;;) {
      const token = this.#token
      const frame = this.#top()
      if (token.kind === "number" || token.kind === "text") {
        this.#advance()
        return this.#push(token)
      }
    }
  }

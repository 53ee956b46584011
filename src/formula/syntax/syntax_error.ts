import { FormulaSyntaxError } from "../errors.ts"

/** Why a text is no formula, and where: thrown inside this folder only, until `parse` makes the error of it. */
export class Refusal {
  readonly at: number
  readonly reason: string
  constructor(at: number, reason: string) {
    this.at = at
    this.reason = reason
  }
}

/** Gives the text up. */
export const refuse = (at: number, reason: string): never => {
  throw new Refusal(at, reason)
}

/** A text of at most `max` units; `…` stands for what is left out at its end. */
export const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1)}…`.toWellFormed()

const lineBreak = /\r\n|\r|\n/
const before = 70
const after = 50

/** The error with its line, its column, and a caret under the place; of a long line only what is around it. */
export const syntaxError = (text: string, { at, reason }: Refusal): FormulaSyntaxError => {
  const lines = text.slice(0, at).split(lineBreak)
  const head = lines.at(-1)!
  const line = lines.length
  const column = head.length + 1
  const left = head.length <= before ? head : `…${head.slice(1 - before)}`.toWellFormed()
  const right = cut(text.slice(at, at + after + 1).split(lineBreak, 1)[0]!, after)
  // A tab stays a tab, so that the caret stands right whatever its width; combining marks take no room.
  const indent = left.replace(/\p{M}/gu, "").replace(/[^\t]/gu, " ")
  const shown = `${left}${right}`.replace(/[^\P{Cc}\t]/gu, "\ufffd")
  const message = `${reason}\nline ${line}, column ${column}\n${shown}\n${indent}^`
  return new FormulaSyntaxError({ reason, offset: at, line, column, message })
}

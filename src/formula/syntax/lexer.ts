import { cut } from "./syntax_error.ts"

/** A piece of the text, from `start` up to `end` in UTF-16 units. A `problem` is text that is no piece. */
export type Token = { readonly start: number; readonly end: number } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text" | "name" | "symbol"; readonly value: string }
  | { readonly kind: "end" }
  | { readonly kind: "problem"; readonly reason: string }
)

const space = /\s+/y
const comment = /#[^\r\n]*/y
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const name = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy
const symbols = "+-*/()[],:=@"

/** What a sticky expression matches at an offset. */
const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Whether the whole of a text is one name. */
export const isName = (text: string): boolean => match(name, text, 0)?.[0] === text

/** The first token at or after an offset; at the end of the text an `end`, again and again. */
export const next = (text: string, from: number): Token => {
  const start = skip(text, from)
  const first = text[start]
  if (first === undefined) return { kind: "end", start, end: start }
  if (symbols.includes(first)) return { kind: "symbol", value: first, start, end: start + 1 }
  if (first === '"' || first === "'") return textToken(text, start, first)
  const word = match(name, text, start)?.[0]
  if (word !== undefined) return { kind: "name", value: word, start, end: start + word.length }
  const digits = match(number, text, start)?.[0]
  if (digits !== undefined) return numberToken(text, start, digits)
  const character = JSON.stringify(String.fromCodePoint(text.codePointAt(start)!))
  return problem(start, `unexpected character ${character}`)
}

const problem = (start: number, reason: string): Token => ({ kind: "problem", reason, start, end: start + 1 })

const skip = (text: string, from: number): number => {
  let at = from
  for (;;) {
    const found = match(space, text, at) ?? match(comment, text, at)
    if (found === null) return at
    at += found[0].length
  }
}

const numberToken = (text: string, start: number, digits: string): Token => {
  const end = start + digits.length
  const value = Number(digits)
  if (!Number.isFinite(value)) return problem(start, `${cut(digits, 40)} is not finite: it is too large for a number`)
  const word = match(name, text, end)?.[0]
  return word === undefined
    ? { kind: "number", value, start, end }
    : problem(end, `a number cannot go on with ${JSON.stringify(cut(word, 40))}: a product is written with *`)
}

const plain = { '"': /[^"\\\r\n]*/y, "'": /[^'\\\r\n]*/y }
const escape = /\\(?:u([0-9a-fA-F]{4})|(["'\\/bfnrt]))/y
const escapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }

const textToken = (text: string, start: number, quote: '"' | "'"): Token => {
  const parts: Array<string> = []
  let at = start + 1
  for (;;) {
    const run = match(plain[quote], text, at)![0]
    parts.push(run)
    at += run.length
    if (text[at] === quote) return { kind: "text", value: parts.join(""), start, end: at + 1 }
    const follows = text[at + 1]
    if (text[at] !== "\\" || follows === undefined || follows === "\n" || follows === "\r") {
      return problem(start, `unclosed string: expected ${quote} before the end of the line`)
    }
    const found = match(escape, text, at)
    if (found === null) {
      return problem(at, 'unknown escape in a string: expected one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX')
    }
    const [whole, hex, letter] = found
    parts.push(hex === undefined ? (escapes[letter!] ?? letter!) : String.fromCharCode(Number.parseInt(hex, 16)))
    at += whole.length
  }
}

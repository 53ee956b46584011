import type { Any } from "../formula.ts"
import { didYouMean } from "./suggestion.ts"
import { cut, refuse } from "./syntax_error.ts"
import { type Settled, toFormula } from "./value.ts"
import { constants, isReserved, words } from "./words.ts"

/** What names stand for: the formulas and numbers given with the text, and the definitions read so far. */
export class Scope {
  readonly #given: Readonly<Record<string, Any>>
  readonly #numbers: ReadonlyMap<string, number>
  readonly #unused: Set<string>
  readonly #defined = new Map<string, Settled>()

  constructor(given: Readonly<Record<string, Any>>, numbers: Readonly<Record<string, number>>) {
    this.#given = given
    this.#numbers = new Map(Object.entries(numbers))
    this.#unused = new Set(this.#numbers.keys())
  }

  /** Refuses a name that cannot be given to a definition. */
  refuseName(name: string, at: number): void {
    if (isReserved(name)) refuse(at, `${name} is a word of the language and cannot be defined`)
    if (this.#find(name, at) !== undefined) refuse(at, `${JSON.stringify(cut(name, 40))} is defined already`)
  }

  /** A number, a coefficient or a formula gets a name. */
  define(name: string, value: Settled): void {
    const isFactor = value.kind === "number" || value.kind === "factors"
    this.#defined.set(name, isFactor ? value : { kind: "formula", at: value.at, formula: toFormula(value) })
  }

  /** What a name at a place stands for; `what` it is called if it is unknown. */
  lookUp(name: string, at: number, what: "name" | "word"): Settled {
    const found = this.#find(name, at)
    this.#unused.delete(name)
    if (found !== undefined) return found
    const known = [...words.keys(), ...this.#defined.keys(), ...this.#numbers.keys(), ...Object.keys(this.#given)]
    return refuse(at, `unknown ${what} ${JSON.stringify(cut(name, 40))}${didYouMean(name, known)}`)
  }

  /** What the text itself defined that is a formula. */
  formulas(): Readonly<Record<string, Any>> {
    return Object.fromEntries(
      [...this.#defined].flatMap(([name, value]) => (value.kind === "formula" ? [[name, value.formula]] : []))
    )
  }

  /** The given numbers that nothing looked up. */
  unused(): ReadonlyArray<string> {
    return [...this.#unused]
  }

  #find(name: string, at: number): Settled | undefined {
    const own = this.#defined.get(name)
    if (own !== undefined) return { ...own, at }
    const constant = constants.get(name) ?? this.#numbers.get(name)
    if (constant !== undefined) return { kind: "number", at, value: constant }
    return Object.hasOwn(this.#given, name) ? { kind: "formula", at, formula: this.#given[name]! } : undefined
  }
}

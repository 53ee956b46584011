import type { AttributeSettings } from "../../interpolation/mix.ts"
import type { Coefficient } from "../coefficient.ts"
import { type Any, isFormula } from "../formula.ts"
import type { Kind } from "./kind.ts"
import { didYouMean } from "./suggestion.ts"
import { refuse } from "./syntax_error.ts"
import { describe, type Settled } from "./value.ts"

/** The arguments that stand in parentheses after a word, which begins at `at`. */
export interface Call {
  readonly at: number
  readonly positional: ReadonlyArray<Settled>
  readonly named: ReadonlyArray<{ readonly name: string; readonly at: number; readonly value: Settled }>
}

/** A word of the language: how it is written, and what it stands for. */
export interface Word {
  readonly usage: string
  readonly call: (call: Call) => Settled
}

type Kinds = ReadonlyArray<Kind<unknown>>
type Names = Readonly<Record<string, Kind<unknown>>>
type Read<K> = K extends Kind<infer A> ? A : never
type Arguments<K extends Kinds> = { readonly [I in keyof K]: Read<K[I]> }
type Others<O> = ReadonlyArray<readonly [name: string, value: O]>
type NamedArguments<N extends Names> = { readonly [I in keyof N]?: Read<N[I]> }

/**
 * Makes a word of what its arguments must be and what is built of them. `rest` is what any further arguments must be,
 * `named` what those must be that are written `name: value`, `others` what those of any other name must be, `places` the
 * names of those that may be written either way.
 */
export const word = <const K extends Kinds, N extends Names = Record<never, never>, R = never, O = never>(
  usage: string,
  kinds: K,
  build: (
    args: Arguments<K>,
    named: NamedArguments<N>,
    rest: ReadonlyArray<R>,
    others: Others<O>
  ) => Any | Coefficient | AttributeSettings,
  options: {
    readonly named?: N
    readonly rest?: Kind<R>
    readonly others?: Kind<O>
    readonly places?: ReadonlyArray<string>
  } = {}
): Word => ({
  usage,
  call: ({ at, positional, named }) => {
    const count = positional.length
    const least = kinds.filter((kind) => kind.isOptional !== true).length
    if (count < least || (count > kinds.length && options.rest === undefined)) {
      refuse(at, `expected ${usage}, got ${count} ${count === 1 ? "argument" : "arguments"}`)
    }
    const argument = <A>(kind: Kind<A>, i: number) => read(kind, positional[i], `argument ${i + 1} of ${usage}`)
    const args = kinds.map(argument) as unknown as Arguments<K>
    const rest = positional.slice(kinds.length).map((_, i) => argument(options.rest!, kinds.length + i))
    const taken = new Set(options.places?.slice(0, count))
    const own = readNamed(usage, options.named ?? ({} as N), options.others, named, taken)
    const built = build(args, own.named, rest, own.others)
    if (isFormula(built)) return { kind: "formula", at, formula: built }
    return "alpha" in built ? { kind: "attribute", at, attribute: built } : { kind: "factors", at, factors: [built] }
  }
})

const read = <A>(kind: Kind<A>, value: Settled | undefined, which: string): A => {
  if (value === undefined) return undefined as A
  const out = kind.read(value)
  return out === undefined ? refuse(value.at, `${which} must be ${kind.expected}, got ${describe(value)}`) : out
}

const readNamed = <N extends Names, O>(
  usage: string,
  kinds: N,
  others: Kind<O> | undefined,
  named: Call["named"],
  taken: ReadonlySet<string>
): { readonly named: NamedArguments<N>; readonly others: Others<O> } => {
  const out = new Map<string, unknown>()
  for (const { name, at, value } of named) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : others
    if (kind === undefined) {
      return refuse(at, `expected ${usage}, got an argument named ${name}${didYouMean(name, Object.keys(kinds))}`)
    }
    if (out.has(name) || taken.has(name)) refuse(at, `the argument ${name} is given twice`)
    out.set(name, read(kind, value, `${name} of ${usage}`))
  }
  const all = [...out]
  return {
    named: Object.fromEntries(all.filter(([name]) => Object.hasOwn(kinds, name))) as NamedArguments<N>,
    others: all.filter(([name]) => !Object.hasOwn(kinds, name)) as unknown as Others<O>
  }
}

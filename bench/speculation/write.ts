import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Formula, Generation } from "../../src/mod.ts"

/** What one text cost. */
export interface Written {
  readonly tokens: number
  readonly milliseconds: number
  readonly statistics: Generation.Statistics
}

/** Writes one text at temperature 1 and says what it cost. */
export const write = async (formula: Formula.Formula, options: Generation.GenerationOptions): Promise<Written> => {
  const start = performance.now()
  const all = await Effect.runPromise(Stream.runCollect(Generation.events(formula, options)))
  const milliseconds = performance.now() - start
  const { statistics } = all.at(-1) as Generation.Finished
  return { tokens: statistics.tokens, milliseconds, statistics }
}

/** Calls of the base model's terms: a packed run of three terms is three calls, drafts do not count. */
export const calls = ({ statistics }: Written, drafts: ReadonlySet<number>): number =>
  statistics.terms.reduce((sum, term) => sum + (drafts.has(term.number) ? 0 : term.calls), 0)

/** A mean over texts of unequal length, with the half width of its 95 % interval. */
export const ratio = (
  parts: ReadonlyArray<{ readonly over: number; readonly under: number }>
): { readonly value: number; readonly half: number } => {
  const over = parts.reduce((sum, part) => sum + part.over, 0)
  const under = parts.reduce((sum, part) => sum + part.under, 0)
  const value = over / under
  const spread = parts.reduce((sum, part) => sum + (part.over - value * part.under) ** 2, 0)
  return { value, half: (1.96 * Math.sqrt(spread)) / under }
}

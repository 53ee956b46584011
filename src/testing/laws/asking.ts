import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import type { LanguageModel, ScoreRequest } from "../../model/language_model.ts"

type Rows = ReadonlyArray<Float32Array>

/** The largest difference of two lists of rows; infinite where their shapes or their impossible tokens differ. */
export const rowDistance = (a: Rows, b: Rows): number => {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (const [i, row] of a.entries()) {
    const other = b[i]!
    if (row.length !== other.length) return Number.POSITIVE_INFINITY
    for (let token = 0; token < row.length; token++) {
      if (row[token] === other[token]) continue
      const difference = Math.abs(row[token]! - other[token]!)
      largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    }
  }
  return largest
}

/** The longest context that is tried. */
export const longest = 24
/** Tokens, from a wide range: they are folded into the vocabulary. */
export const numbers = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: longest })
/** Tokens, and where a request begins. */
export const asked = fc.tuple(numbers, fc.nat(1_000_000))
type Asked = readonly [ReadonlyArray<number>, number]

/** What laws of a model are said with. */
export const over = (model: LanguageModel, tolerance: number) => {
  const fold = (tokens: ReadonlyArray<number>) =>
    tokens.slice(0, model.contextLength).map((token) => token % model.vocabulary.size)
  const score = (...requests: ReadonlyArray<ScoreRequest>) => model.score(requests)
  const last = (context: ReadonlyArray<number>) =>
    Effect.map(score({ context, from: context.length }), (rows) => rows.map(([row]) => row!))
  return {
    score,
    fold,
    last,
    request: ([tokens, at]: Asked): ScoreRequest => {
      const context = fold(tokens)
      return { context, from: 1 + (at % context.length) }
    },
    oneByOne: ({ context, from }: ScoreRequest) =>
      Effect.map(
        Effect.forEach(
          Array.from({ length: context.length - from + 1 }, (_, i) => context.slice(0, from + i)),
          last
        ),
        (rows) => rows.flat()
      ),
    /** Why rows that ought to be equal are not. */
    apart: (a: Rows, b: Rows): string | undefined => {
      const far = rowDistance(a, b)
      return far <= tolerance ? undefined : `The rows differ by ${far}, more than ${tolerance}`
    }
  }
}

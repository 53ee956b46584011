import * as Effect from "effect/Effect"
import type { Logits } from "../logits/row.ts"
import type { TokenId, Vocabulary } from "../vocabulary/vocabulary.ts"
import { untokenized } from "../vocabulary/vocabulary.ts"
import { type LanguageModel, ModelError, make } from "./language_model.ts"

/**
 * A model that is a pure function of the context: for tests, examples and teaching. It writes no text unless its
 * `vocabulary` has a tokenizer.
 */
export const fromFunction = (
  vocabulary: Vocabulary | number,
  row: (context: ReadonlyArray<TokenId>) => ArrayLike<number>,
  options: { readonly name?: string; readonly contextLength?: number } = {}
): LanguageModel =>
  make({
    name: options.name ?? "function",
    vocabulary: typeof vocabulary === "number" ? untokenized(vocabulary) : vocabulary,
    contextLength: options.contextLength ?? Number.MAX_SAFE_INTEGER,
    run: (requests) =>
      Effect.try({
        try: () =>
          requests.map(({ context, from }) => {
            const rows: Array<Logits> = []
            for (let n = from; n <= context.length; n++) rows.push(Float32Array.from(row(context.slice(0, n))))
            return rows
          }),
        catch: (error) =>
          new ModelError({
            model: options.name ?? "function",
            message: `Cannot score: ${error instanceof Error ? error.message : error}`
          })
      })
  })

/**
 * A Markov chain of order 1: row `i` of the table holds the logits after token `i`, the last token of the context.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { LanguageModel } from "polylogit"
 *
 * const model = LanguageModel.table([[0, 1], [2, 3]])
 * const [rows] = await Effect.runPromise(model.score([{ context: [0, 1], from: 1 }]))
 * deepEqual(rows, [Float32Array.of(0, 1), Float32Array.of(2, 3)])
 * ```
 */
export const table = (rows: ReadonlyArray<ReadonlyArray<number>>, options: { readonly name?: string } = {}) =>
  fromFunction(rows.length, (context) => rows[context.at(-1)!]!, { name: options.name ?? "table" })

/** The model to which every token is alike. */
export const uniform = (vocabulary: Vocabulary | number): LanguageModel => {
  const size = typeof vocabulary === "number" ? vocabulary : vocabulary.size
  return fromFunction(vocabulary, () => new Float32Array(size).fill(-Math.log(size)), { name: "uniform" })
}

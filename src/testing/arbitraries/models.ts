import * as fc from "fast-check"
import type { LanguageModel } from "../../model/language_model.ts"
import { fromFunction } from "../../model/table.ts"
import type { Vocabulary } from "../../vocabulary/vocabulary.ts"

/** What rows may hold. */
export interface RowsOptions {
  /** Whether tokens may be impossible (`-Infinity`); one at least is not. Default false. */
  readonly impossible?: boolean | undefined
  /** Scores lie between `-spread` and `spread`. Default 3. */
  readonly spread?: number | undefined
}

/** Logits of `size` tokens as float32 holds them. Two tokens are exactly alike by rare chance only, also when shrunk. */
export const logits = (size: number, options: RowsOptions = {}): fc.Arbitrary<ReadonlyArray<number>> => {
  const { impossible = false, spread = 3 } = options
  const cell = fc.integer({ min: -1_000, max: 1_000 })
  const cells = impossible
    ? fc.oneof({ weight: 3, arbitrary: cell }, { weight: 1, arbitrary: fc.constant(Number.NEGATIVE_INFINITY) })
    : cell
  return fc
    .array(cells, { minLength: size, maxLength: size })
    .filter((row) => row.some(Number.isFinite))
    .map((row) => row.map((n, token) => Math.fround((n / 1_000) * spread + Math.sin(1 + token * 1.7) / 97)))
}

/**
 * A model whose rows depend on the last token, or on the whole context: a table of rows. It shows its rows where it is
 * part of a counterexample.
 *
 * @example
 * ```ts
 * import * as fc from "fast-check"
 * import * as Testing from "polylogit/testing"
 *
 * fc.assert(fc.property(Testing.tableModels(3), (model) => model.vocabulary.size === 3))
 * ```
 */
export const tableModels = (
  vocabulary: Vocabulary | number,
  options: RowsOptions & { readonly name?: string | undefined } = {}
): fc.Arbitrary<LanguageModel> => {
  const size = typeof vocabulary === "number" ? vocabulary : vocabulary.size
  const { name = "table" } = options
  return fc
    .tuple(fc.array(logits(size, options), { minLength: size, maxLength: size }), fc.boolean())
    .map(([rows, whole]) => {
      const at = (context: ReadonlyArray<number>) => (whole ? hash(context) % size : context.at(-1)!)
      const model = fromFunction(vocabulary, (context) => rows[at(context)]!, { name })
      const by = whole ? "the whole context" : "the last token"
      return shown(model, () => `${name}: by ${by} ${fc.stringify(rows)}`)
    })
}

const hash = (context: ReadonlyArray<number>) => context.reduce((sum, token) => (sum * 31 + token + 1) % 8191, 0)

/** A value that says how it is written where it is part of a counterexample. */
export const shown = <A extends object>(value: A, text: () => string): A =>
  Object.assign({}, value, { [fc.toStringMethod]: text })

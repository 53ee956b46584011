import * as Effect from "effect/Effect"
import { LanguageModel, Vocabulary } from "polylogit"

/** Logits by the last token. */
export type Table = ReadonlyArray<ReadonlyArray<number>>

/**
 * A model whose weights are a table of logits: each adapter is a table that is added, times its coefficient. It notes
 * what its runs are asked.
 */
export const mixedModel = (
  base: Table,
  adapters: Readonly<Record<string, Table>>,
  { name = "mixed" }: { readonly name?: string } = {}
) => {
  const runs: Array<ReadonlyArray<LanguageModel.ScoreRequest>> = []
  const row = (last: number, variant: LanguageModel.Variant = []) =>
    Float32Array.from(base[last]!, (logit, token) =>
      variant.reduce((sum, [adapter, coefficient]) => sum + coefficient * adapters[adapter]![last]![token]!, logit)
    )
  const model = LanguageModel.make({
    name,
    vocabulary: Vocabulary.untokenized(base.length),
    contextLength: 1_000,
    adapters: Object.keys(adapters),
    run: (requests) =>
      Effect.sync(() => {
        runs.push(requests)
        return requests.map(({ context, from, variant }) => context.slice(from - 1).map((last) => row(last, variant)))
      })
  })
  return { model, runs, row }
}

/** The same logits behind every token. */
export const everywhere = (logits: ReadonlyArray<number>): Table => logits.map(() => logits)

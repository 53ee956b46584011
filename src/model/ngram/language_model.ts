import * as Effect from "effect/Effect"
import type { Vocabulary } from "../../vocabulary/vocabulary.ts"
import { type LanguageModel, ModelError, make } from "../language_model.ts"
import type { NGram } from "./n_gram.ts"
import { NGramError } from "./n_gram_error.ts"
import { logProbs } from "./probability.ts"

/**
 * An n-gram model as a language model: rows of normalized log-probabilities, for contexts of any length.
 *
 * Errors: scoring fails with `ModelError`, naming both fingerprints, if the model is one of another vocabulary.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { LanguageModel, Vocabulary } from "polylogit"
 *
 * const counts = LanguageModel.NGram.fit([[0, 1, 0, 1, 0]], { order: 2, vocabularySize: 2 })
 * const model = LanguageModel.NGram.ngram(Vocabulary.untokenized(2), counts)
 * const [rows] = await Effect.runPromise(model.score([{ context: [0, 1], from: 2 }]))
 * deepEqual(rows, [LanguageModel.NGram.logProbs(counts, [1])])
 * ```
 */
export const ngram = (
  vocabulary: Vocabulary,
  model: NGram,
  options: { readonly name?: string } = {}
): LanguageModel => {
  const name = options.name ?? "ngram"
  const mismatch = NGramError.mismatch(model, vocabulary)
  return make({
    name,
    vocabulary,
    contextLength: Number.MAX_SAFE_INTEGER,
    run: (requests) =>
      mismatch === undefined
        ? Effect.sync(() =>
            requests.map(({ context, from }) =>
              Array.from({ length: context.length - from + 1 }, (_, i) =>
                logProbs(model, context.slice(Math.max(0, from + i - model.order + 1), from + i))
              )
            )
          )
        : Effect.fail(new ModelError({ model: name, message: mismatch.message }))
  })
}

import * as Effect from "effect/Effect"
import { fromCheckpoint } from "../../backends/onnxruntime/load_model.ts"
import { totalVariation } from "../../logits/divergence.ts"
import { RowProblem } from "../../logits/row.ts"
import { draw } from "../../logits/selection.ts"
import { softmax } from "../../logits/softmax.ts"
import type { NGram } from "../../model/ngram/n_gram.ts"
import { row } from "../../model/ngram/probability.ts"
import { philox } from "../../sampling/philox.ts"
import type { TokenId, Vocabulary } from "../../vocabulary/vocabulary.ts"

/** Of each passage, in tokens. */
const length = 64

/**
 * Expected acceptance of drafts of an n-gram model: one less the total variation to the law of the checkpoint in
 * `folder`, a mean over 64 places in one passage for each prompt, sampled from the checkpoint at temperature 1.
 */
export const expectedAcceptance = (
  folder: string,
  vocabulary: Vocabulary,
  ngram: NGram,
  prompts: ReadonlyArray<ReadonlyArray<TokenId>>
): Effect.Effect<number, unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const model = yield* fromCheckpoint(folder, { vocabulary })
      const contexts = prompts.map((prompt) => [...prompt])
      let agreement = 0
      for (let n = 0; n < length; n++) {
        const rows = yield* model.score(contexts.map((context) => ({ context, from: context.length })))
        for (const [i, context] of contexts.entries()) {
          const law = softmax(rows[i]![0]!)
          if (law instanceof RowProblem) return yield* Effect.die(law)
          agreement += 1 - totalVariation(law.probs, row(ngram, context))
          context.push(draw(law.probs, philox([i, n, 0, 0], [11, 0])[0] / 2 ** 32))
        }
      }
      return agreement / (length * contexts.length)
    })
  )

import * as Schema from "effect/Schema"
import type { Vocabulary } from "../../vocabulary/vocabulary.ts"
import type { NGram } from "./n_gram.ts"

/** Bytes could not be read as an n-gram model, or as one of the vocabulary asked for. */
export class NGramError extends Schema.TaggedError<NGramError>()("NGramError", {
  message: Schema.String
}) {
  /** That the model is one of another vocabulary; `undefined` where it is not. */
  static mismatch(ngram: NGram, vocabulary: Vocabulary): NGramError | undefined {
    if (ngram.fingerprint === vocabulary.fingerprint && ngram.vocabularySize === vocabulary.size) return undefined
    return new NGramError({
      message: `Cannot use an n-gram model of vocabulary ${ngram.fingerprint} (${ngram.vocabularySize} tokens) with ${vocabulary.name}, which is ${vocabulary.fingerprint} (${vocabulary.size} tokens): token ids mean different things`
    })
  }
}

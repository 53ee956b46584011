import * as Schema from "effect/Schema"
import type { Vocabulary } from "../../vocabulary/vocabulary.ts"
import type { NGram } from "./n_gram.ts"

/** Bytes could not be read as an n-gram model, or as one of the vocabulary asked for. */
export class NGramError extends Schema.TaggedError<NGramError>()("NGramError", {
  message: Schema.String
}) {
  /** The model is one of another vocabulary. */
  static mismatch(ngram: NGram, vocabulary: Vocabulary): NGramError {
    return new NGramError({
      message: `Cannot use an n-gram model of vocabulary ${ngram.fingerprint} (${ngram.vocabularySize} tokens) with ${vocabulary.name}, which is ${vocabulary.fingerprint} (${vocabulary.size} tokens): token ids mean different things`
    })
  }
}

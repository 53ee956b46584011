import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Vocabulary } from "./vocabulary.ts"

/** A vocabulary in a message. */
const Side = Schema.Struct({ name: Schema.String, size: Schema.Int })

/** Two models do not speak of the same tokens. */
export class VocabularyMismatch extends Schema.TaggedError<VocabularyMismatch>()("VocabularyMismatch", {
  self: Side,
  that: Side,
  message: Schema.String
}) {
  /** The mismatch of two vocabularies, naming both and their sizes. */
  static of(self: Vocabulary, that: Vocabulary): VocabularyMismatch {
    const told = (one: Vocabulary) => `${one.name} (${one.size} tokens)`
    const sizes = self.size === that.size ? "; the sizes agree, the tokens do not" : ""
    return new VocabularyMismatch({
      self: { name: self.name, size: self.size },
      that: { name: that.name, size: that.size },
      message: `Cannot combine ${told(self)} and ${told(that)} as one vocabulary: token ids mean different things${sizes}`
    })
  }
}

/**
 * The first of the vocabularies when each token id means the same in all of them; else `VocabularyMismatch` of the
 * first with the first that differs. `undefined` for an empty list.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Vocabulary } from "polylogit"
 *
 * const four = Vocabulary.untokenized(4, { name: "four" })
 * const five = Vocabulary.untokenized(5, { name: "five" })
 * equal(Result.getOrThrow(Vocabulary.sameVocabulary([four, Vocabulary.untokenized(4)])), four)
 * equal(
 *   Result.getOrThrow(Result.flip(Vocabulary.sameVocabulary([four, five]))).message,
 *   "Cannot combine four (4 tokens) and five (5 tokens) as one vocabulary: token ids mean different things"
 * )
 * ```
 */
export const sameVocabulary = (
  vocabularies: ReadonlyArray<Vocabulary>
): Result.Result<Vocabulary | undefined, VocabularyMismatch> => {
  const [first, ...others] = vocabularies
  const other = others.find((one) => one.fingerprint !== first!.fingerprint)
  return other === undefined ? Result.succeed(first) : Result.fail(VocabularyMismatch.of(first!, other))
}

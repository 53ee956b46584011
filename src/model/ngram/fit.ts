import type { TokenId, Vocabulary } from "../../vocabulary/vocabulary.ts"
import { untokenized } from "../../vocabulary/vocabulary.ts"
import { adjustedCounts } from "./adjusted_counts.ts"
import { type CountedLevel, count } from "./count.ts"
import { estimateDiscounts } from "./discounts.ts"
import { longestOrder, type NGram, type WeightedLevel, weighted } from "./n_gram.ts"
import { kept, type Pruning } from "./prune.ts"
import { suffixes } from "./suffixes.ts"

/** How an n-gram model is fitted. */
export interface FitOptions extends Pruning {
  /** Length of the longest n-grams, from 1 to 16. */
  readonly order: number
  readonly vocabularySize: number
  /** Of the vocabulary that the tokens are of; by default that of `Vocabulary.untokenized(vocabularySize)`. */
  readonly fingerprint?: string
}

const checked = ({ order, vocabularySize }: FitOptions): void => {
  if (!Number.isInteger(order) || order < 1 || order > longestOrder) {
    throw new RangeError(`Cannot fit n-grams of order ${order}: orders are whole numbers from 1 to ${longestOrder}`)
  }
  if (!Number.isInteger(vocabularySize) || vocabularySize < 1) {
    throw new RangeError(`Cannot fit n-grams over ${vocabularySize} tokens: a vocabulary has one token at least`)
  }
}

/** The level without its pruned grams; `contexts` are those of its contexts that stay. */
const pruned = (level: CountedLevel, counts: Uint32Array, keep: Uint8Array, contexts: Uint8Array): WeightedLevel => {
  const stays = keep.reduce((sum, one) => sum + one, 0)
  const size = contexts.reduce((sum, one) => sum + one, 0)
  const [tokens, keptCounts] = [new Uint32Array(stays), new Uint32Array(stays)]
  const [first, leftOver] = [new Uint32Array(size + 1), new Uint32Array(size)]
  let [to, context] = [0, 0]
  for (let from = 0; from < contexts.length; from++) {
    if (contexts[from] === 0) continue
    let lost = 0
    for (let g = level.first[from]!; g < level.first[from + 1]!; g++) {
      if (keep[g] === 1) {
        tokens[to] = level.tokens[g]!
        keptCounts[to++] = counts[g]!
      } else lost += counts[g]!
    }
    if (to > first[context]!) leftOver[context] = lost
    first[++context] = to
  }
  return weighted({ first, tokens, counts: keptCounts, leftOver, discounts: estimateDiscounts(counts) })
}

/**
 * An n-gram model of token sequences, with interpolated modified Kneser-Ney smoothing. What begins or ends a sequence is
 * for the caller to put there: tokens are counted as they stand. The order of the sequences plays no part.
 *
 * Pruning moves mass to the shorter contexts: every law still sums to one, and every token stays possible.
 *
 * Errors: throws `RangeError` on a token outside of the vocabulary and on an order that is none.
 *
 * Source: Chen and Goodman 1999, section 4.1.6 (discounts, interpolation).
 *
 * @example
 * ```ts
 * import { equal, ok } from "node:assert/strict"
 * import { LanguageModel } from "polylogit"
 *
 * const model = LanguageModel.NGram.fit([[0, 1, 2, 0, 1, 2, 0, 1, 3]], { order: 3, vocabularySize: 4 })
 * const law = LanguageModel.NGram.row(model, [0, 1])
 * equal(law[2], LanguageModel.NGram.probability(model, [0, 1], 2))
 * ok(law[2]! > law[3]! && law[3]! > law[0]!)
 * ```
 */
export const fit = (sequences: Iterable<ReadonlyArray<TokenId>>, options: FitOptions): NGram => {
  checked(options)
  const { order, vocabularySize, fingerprint = untokenized(vocabularySize).fingerprint } = options
  const counted = count(sequences, options)
  const links = suffixes(counted)
  const keep = kept(counted, links, options)
  const counts = adjustedCounts(counted, links, keep)
  const levels = counted.map((level, k) => pruned(level, counts[k]!, keep[k]!, keep[k - 1] ?? Uint8Array.of(1)))
  return { order, vocabularySize, fingerprint, levels }
}

/**
 * `fit` on texts, tokenized as `vocabulary` has it: each begins with its beginning-of-text token and ends with the first
 * of its end-of-text tokens, where there are any.
 *
 * Errors: throws `RangeError` as `fit` does, and where the vocabulary has no tokenizer.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict"
 * import { Result } from "effect"
 * import { LanguageModel, Vocabulary } from "polylogit"
 *
 * const tokenizerJson = {
 *   model: { type: "WordLevel", vocab: { a: 0, b: 1, c: 2 }, unk_token: "c" },
 *   pre_tokenizer: { type: "WhitespaceSplit" }
 * }
 * const vocabulary = Result.getOrThrow(Vocabulary.fromFiles({ name: "abc", tokenizerJson }))
 * const model = LanguageModel.NGram.fromText(vocabulary, ["a b a b a", "b a b c"], { order: 2 })
 * ok(LanguageModel.NGram.probability(model, [0], 1) > 0.6)
 * ```
 */
export const fromText = (
  vocabulary: Vocabulary,
  texts: Iterable<string>,
  options: Omit<FitOptions, "vocabularySize" | "fingerprint">
): NGram => {
  const { fingerprint, name, size, special, tokenizer } = vocabulary
  if (tokenizer === undefined) throw new RangeError(`Cannot fit n-grams on texts as ${name} has no tokenizer`)
  const beginning = special.beginning === undefined ? [] : [special.beginning]
  const sequences = (function* () {
    for (const text of texts) {
      yield [...beginning, ...tokenizer.encode(text, { special: false }), ...special.end.slice(0, 1)]
    }
  })()
  return fit(sequences, { ...options, vocabularySize: size, fingerprint })
}

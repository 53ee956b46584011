import type { LogProbs, Probs } from "../../logits/row.ts"
import type { TokenId } from "../../vocabulary/vocabulary.ts"
import { discountOf } from "./discounts.ts"
import { find, type NGram } from "./n_gram.ts"

/** Index of the context that the last `length` tokens are, -1 where nothing was seen after it. */
const locate = ({ levels }: NGram, context: ReadonlyArray<TokenId>, length: number): number => {
  let at = 0
  for (let k = 0; k < length && at >= 0; k++) at = find(levels[k]!, at, context[context.length - length + k]!)
  return at
}

/**
 * The probability of one token after a context, without a row: exactly `row(ngram, context)[token]`. Only the last
 * `order - 1` tokens of the context count; it may be shorter, or empty. 0 for an id outside of the vocabulary.
 *
 * Units: probability.
 *
 * Source: Chen and Goodman 1999, equation 26: discounted counts over the total, and the rest of the mass times the
 * probability after the context without its first token; after the empty context, times 1 / V.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { LanguageModel } from "polylogit"
 *
 * const nothing = LanguageModel.NGram.fit([], { order: 2, vocabularySize: 4 })
 * equal(LanguageModel.NGram.probability(nothing, [3], 1), 0.25)
 * ```
 */
export const probability = (ngram: NGram, context: ReadonlyArray<TokenId>, token: TokenId): number => {
  if (!Number.isInteger(token) || token < 0 || token >= ngram.vocabularySize) return 0
  let p = 1 / ngram.vocabularySize
  for (let k = 0; k < ngram.order && k <= context.length; k++) {
    const at = locate(ngram, context, k)
    if (at < 0) continue
    const level = ngram.levels[k]!
    p *= level.backOff[at]!
    const gram = find(level, at, token)
    if (gram >= 0) p += (level.counts[gram]! - discountOf(level.discounts, level.counts[gram]!)) / level.totals[at]!
  }
  return p
}

/**
 * The law of the next token after a context: all probabilities, each more than 0, summing to one in float64.
 *
 * Shapes: `[V]`. Units: probabilities.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { LanguageModel } from "polylogit"
 *
 * // seen once each: 1 - 0.5 of a count stays with either token, the rest is shared by both alike
 * const model = LanguageModel.NGram.fit([[0, 1]], { order: 1, vocabularySize: 2 })
 * deepEqual(LanguageModel.NGram.row(model, []), Float64Array.of(0.5, 0.5))
 * ```
 */
export const row = (ngram: NGram, context: ReadonlyArray<TokenId>): Probs => {
  const out = new Float64Array(ngram.vocabularySize).fill(1 / ngram.vocabularySize)
  for (let k = 0; k < ngram.order && k <= context.length; k++) {
    const at = locate(ngram, context, k)
    if (at < 0) continue
    const { backOff, counts, discounts, first, tokens, totals } = ngram.levels[k]!
    for (let token = 0; token < out.length; token++) out[token]! *= backOff[at]!
    for (let gram = first[at]!; gram < first[at + 1]!; gram++) {
      out[tokens[gram]!]! += (counts[gram]! - discountOf(discounts, counts[gram]!)) / totals[at]!
    }
  }
  return out
}

/** Natural logarithms of `row`, rounded to float32, as models give them. Shapes: `[V]`. Units: nats. */
export const logProbs = (ngram: NGram, context: ReadonlyArray<TokenId>): LogProbs => {
  const law = row(ngram, context)
  const out = new Float32Array(law.length)
  for (let token = 0; token < out.length; token++) out[token] = Math.log(law[token]!)
  return out
}

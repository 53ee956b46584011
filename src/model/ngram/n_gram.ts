import type { TokenId } from "../../vocabulary/vocabulary.ts"
import type { Discounts } from "./discounts.ts"

/**
 * The n-grams of one length with the contexts that they extend. Gram `g` of one level is context `g` of the next; the
 * first level has one context, the empty one.
 */
export interface Level {
  /** The grams of context `i` are `first[i]` up to `first[i + 1]`. */
  readonly first: Uint32Array
  /** The last token of each gram, ascending within a context. */
  readonly tokens: Uint32Array
  /** How often each gram was seen, or with how many tokens before it; at least 1. */
  readonly counts: Uint32Array
  /** For each context the counts of its grams that were pruned; 0 where it has none left. */
  readonly leftOver: Uint32Array
  readonly discounts: Discounts
}

/** A level with what follows from it for each context. */
export interface WeightedLevel extends Level {
  /** Sum of all counts, pruned ones included. */
  readonly totals: Float64Array
  /** Share of the law that the shorter context has; 1 where the context has no grams. */
  readonly backOff: Float64Array
}

/** An n-gram model: which token follows the last `order - 1` tokens, and how often. Immutable. */
export interface NGram {
  /** Length of the longest n-grams. */
  readonly order: number
  /** V, the length of every row. */
  readonly vocabularySize: number
  /** Of the vocabulary that its tokens mean something in. */
  readonly fingerprint: string
  /** `levels[k]` holds what follows contexts of k tokens. */
  readonly levels: ReadonlyArray<WeightedLevel>
}

/** The longest order: with more, a product of back-off weights could come to 0. */
export const longestOrder = 16

/** The gram that extends context `context` of a level by `token`, -1 where there is none. */
export const find = (level: Level, context: number, token: TokenId): number => {
  const { first, tokens } = level
  let low = first[context]!
  let high = first[context + 1]! - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const there = tokens[middle]!
    if (there === token) return middle
    if (there < token) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** Adds to a level what follows from it. The back-off weight is what the discounted counts leave of the whole. */
export const weighted = (level: Level): WeightedLevel => {
  const { counts, discounts, first, leftOver } = level
  const totals = new Float64Array(leftOver.length)
  const backOff = new Float64Array(leftOver.length).fill(1)
  for (let i = 0; i < totals.length; i++) {
    let kept = 0
    let [once, twice, more] = [0, 0, 0]
    for (let g = first[i]!; g < first[i + 1]!; g++) {
      const count = counts[g]!
      kept += count
      if (count === 1) once++
      else if (count === 2) twice++
      else more++
    }
    if (kept === 0) continue
    totals[i] = kept + leftOver[i]!
    backOff[i] = (leftOver[i]! + once * discounts[0] + twice * discounts[1] + more * discounts[2]) / totals[i]!
  }
  return { ...level, totals, backOff }
}

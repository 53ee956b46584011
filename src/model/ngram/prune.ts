import type { CountedLevel } from "./count.ts"
import { discountOf, estimateDiscounts } from "./discounts.ts"
import { type WeightedLevel, weighted } from "./n_gram.ts"

/** Which n-grams are worth their place. */
export interface Pruning {
  /** n-grams of k + 1 tokens seen less often than `minCounts[k]` are dropped; those of one token stay. 1 by default. */
  readonly minCounts?: ReadonlyArray<number>
  /** n-grams whose loss costs less than this are dropped, in nats a token of the text; 0 by default, which drops none. */
  readonly minGain?: number
}

const plain = (level: CountedLevel): WeightedLevel =>
  weighted({
    ...level,
    leftOver: new Uint32Array(level.first.length - 1),
    discounts: estimateDiscounts(level.counts)
  })

/**
 * Which grams of each level stay, 1 or 0. One that a longer one begins with stays with it.
 *
 * The gain of a gram is what the text's cross-entropy loses by it: `p(h) p(w|h) log(p(w|h) / p'(w|h))`, where p' has
 * its mass backed off. All of it is measured on plain counts: the laws that Kneser-Ney smoothing has at its lower levels
 * are not those of the text (Chelba et al. 2010).
 *
 * Source: Seymore and Rosenfeld 1996, "Scalable backoff language models", the weighted difference, for interpolation.
 */
export const kept = (
  levels: ReadonlyArray<CountedLevel>,
  suffixes: ReadonlyArray<Uint32Array>,
  { minCounts = [], minGain = 0 }: Pruning
): ReadonlyArray<Uint8Array> => {
  const keep = levels.map((level) => new Uint8Array(level.tokens.length))
  keep[0]?.fill(1)
  const size = levels[0]!.counts.reduce((sum, count) => sum + count, 0)
  let shorter = new Float64Array()
  for (let k = 0; k < levels.length; k++) {
    const { backOff, counts, discounts, first, totals } = plain(levels[k]!)
    const law = new Float64Array(counts.length)
    for (let context = 0; context + 1 < first.length; context++) {
      for (let g = first[context]!; g < first[context + 1]!; g++) {
        const count = counts[g]!
        const own = (count - discountOf(discounts, count)) / totals[context]!
        // every token of the first level has its own count, so what it backs off to plays no part in what is kept
        const below = k === 0 ? 1 / counts.length : shorter[suffixes[k]![g]!]!
        law[g] = own + backOff[context]! * below
        const gain = (totals[context]! / size) * law[g]! * Math.log(law[g]! / ((backOff[context]! + own) * below))
        if (count >= (minCounts[k] ?? 1) && (minGain === 0 || gain >= minGain)) keep[k]![g] = 1
      }
    }
    shorter = law
  }
  for (let k = levels.length - 1; k > 0; k--) {
    const { first } = levels[k]!
    for (let context = 0; context + 1 < first.length; context++) {
      if (keep[k]!.subarray(first[context]!, first[context + 1]!).includes(1)) keep[k - 1]![context] = 1
    }
  }
  return keep
}

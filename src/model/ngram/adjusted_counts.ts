import type { CountedLevel } from "./count.ts"

/**
 * The counts that each level is smoothed with. A gram of the last level has its count. A shorter one has, for every
 * token before it, 1 where the longer gram is kept and the longer one's whole count where it was pruned; and once for
 * each time that it begins a sequence, where nothing longer could be counted (a single token: once in all).
 *
 * Source: Kneser and Ney 1995 for the ones; Siivola et al. 2007, "On growing and pruning Kneser-Ney smoothed n-gram
 * models", algorithm 2, for the pruned.
 */
export const adjustedCounts = (
  levels: ReadonlyArray<CountedLevel>,
  suffixes: ReadonlyArray<Uint32Array>,
  kept: ReadonlyArray<Uint8Array>
): ReadonlyArray<Uint32Array> => {
  const adjusted = levels.map((level) => level.counts)
  for (let k = levels.length - 2; k >= 0; k--) {
    const [longer, longerAdjusted] = [levels[k + 1]!.counts, adjusted[k + 1]!]
    const beginnings = levels[k]!.counts.slice()
    const counts = new Uint32Array(beginnings.length)
    for (let g = 0; g < longer.length; g++) {
      const suffix = suffixes[k + 1]![g]!
      beginnings[suffix]! -= longer[g]!
      counts[suffix]! += kept[k + 1]![g] === 1 ? 1 : longerAdjusted[g]!
    }
    for (let g = 0; g < counts.length; g++) counts[g]! += k === 0 ? Math.min(1, beginnings[g]!) : beginnings[g]!
    adjusted[k] = counts
  }
  return adjusted
}

import type { CountedLevel } from "./count.ts"
import { find, type Level } from "./n_gram.ts"

/** For each gram the same without its first token: the place of (v, h, w) holds the index of (h, w) one level down. */
export const suffixes = (levels: ReadonlyArray<CountedLevel>): ReadonlyArray<Uint32Array> => {
  const found: Array<Uint32Array> = [new Uint32Array(0)]
  for (let k = 1; k < levels.length; k++) {
    const { first, tokens } = levels[k]!
    const shorter = levels[k - 1]! as Level
    const out = new Uint32Array(tokens.length)
    for (let context = 0; context + 1 < first.length; context++) {
      const without = k === 1 ? 0 : found[k - 1]![context]!
      for (let g = first[context]!; g < first[context + 1]!; g++) out[g] = find(shorter, without, tokens[g]!)
    }
    found.push(out)
  }
  return found
}

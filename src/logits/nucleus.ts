import { largest } from "./largest.ts"

/**
 * The first tokens in the order of `key`, largest first and of equal keys the lower id first, until their probability
 * reaches `mass`: a token is among them if the mass before it is less. In no particular order.
 *
 * Source: Holtzman et al. 2020, arXiv:1904.09751; found by selection, without sorting the vocabulary.
 */
export const nucleus = (logProbs: Float64Array, key: Float64Array, mass: number): ReadonlyArray<number> => {
  const few = largest(key, 64)
  let total = 0
  for (let n = 0; n < few.length; n++) {
    total += Math.exp(logProbs[few[n]!]!)
    if (total >= mass || n === key.length - 1) return few.slice(0, n + 1)
  }
  return select(logProbs.map(Math.exp), key, mass)
}

/** Quickselect by mass: `ids[0 .. low)` are in, with the mass `above`; `ids[high ..)` are out. */
const select = (probs: Float64Array, key: Float64Array, mass: number): ReadonlyArray<number> => {
  const ids = Uint32Array.from(key, (_, i) => i)
  let [low, high, above] = [0, ids.length, 0]
  while (low < high) {
    const pivot = key[ids[(low + high) >> 1]!]!
    const [equal, less] = partition(ids, key, low, high, pivot)
    let greater = 0
    for (let i = low; i < equal; i++) greater += probs[ids[i]!]!
    if (above + greater >= mass) {
      high = equal
      continue
    }
    above += greater
    const tied = ids.subarray(equal, less).sort()
    for (let n = 0; n < tied.length; n++) {
      above += probs[tied[n]!]!
      if (above >= mass) return Array.from(ids.subarray(0, equal + n + 1))
    }
    low = less
  }
  return Array.from(ids.subarray(0, low))
}

/** Puts keys above the pivot first, then those equal to it, then those below; gives where the last two begin. */
const partition = (ids: Uint32Array, key: Float64Array, low: number, high: number, pivot: number) => {
  let [equal, i, less] = [low, low, high]
  const swap = (a: number, b: number) => {
    const id = ids[a]!
    ids[a] = ids[b]!
    ids[b] = id
  }
  while (i < less) {
    const value = key[ids[i]!]!
    if (value > pivot) swap(i++, equal++)
    else if (value < pivot) swap(i, --less)
    else i++
  }
  return [equal, less] as const
}

import type { Probs, Row } from "./row.ts"
import { largestOf } from "./softmax.ts"

/** Tokens more than so many nats behind the first are looked at only where those before them have too little mass. */
const near = 8

/** Into how many parts keys are sorted for each nat, and into how many in all: the last takes the rest. */
const [fineness, parts] = [32, 1024]

/** What may be known of keys. */
export interface NucleusOptions {
  /** The largest. */
  readonly top?: number
  /** What a nat is in them. Default 1. */
  readonly unit?: number
}

/**
 * The first tokens in the order of `key`, largest first and of equal keys the lower id first, until their probability
 * reaches `mass`: a token is among them if the mass before it is less. By their ids.
 *
 * Source: Holtzman et al. 2020, arXiv:1904.09751. The vocabulary is not sorted: keys are counted into parts by their
 * distance from the largest, and of the part in which the mass is reached some are selected.
 */
export const nucleus = (probs: Probs, key: Row, mass: number, options: NucleusOptions = {}): Uint32Array => {
  const { top = largestOf(key), unit = 1 } = options
  const ids = new Uint32Array(key.length)
  const least = top - near * unit
  let count = 0
  let sum = 0
  for (let i = 0; i < key.length; i++) {
    if (!(key[i]! >= least)) continue
    ids[count++] = i
    sum += probs[i]!
  }
  if (sum < mass) {
    count = key.length
    for (let i = 0; i < count; i++) ids[i] = i
  }
  const among = ids.subarray(0, count)
  const last = crossing(probs, key, among, { mass, scale: fineness / unit, top })
  // those chosen are all above the least of them, and of its equals those with lower ids
  const chosen = select(probs, key, last.ids, last.above, mass)
  let [key0, id0] = [Number.NEGATIVE_INFINITY, key.length]
  for (let i = 0; i < chosen.length; i++) {
    const id = chosen[i]!
    if (i === 0 || key[id]! < key0 || (key[id] === key0 && id > id0)) [key0, id0] = [key[id]!, id]
  }
  let kept = 0
  for (let i = 0; i < count; i++) {
    const id = among[i]!
    if (key[id]! > key0 || (key[id] === key0 && id <= id0)) among[kept++] = id
  }
  return among.slice(0, kept)
}

/** The tokens of the part in which the mass is reached, and the mass before them. */
const crossing = (
  probs: Probs,
  key: Row,
  ids: Uint32Array,
  { mass, scale, top }: { readonly mass: number; readonly scale: number; readonly top: number }
) => {
  const partOf = new Uint16Array(ids.length)
  const masses = new Float64Array(parts)
  const counts = new Uint32Array(parts)
  for (let i = 0; i < ids.length; i++) {
    const part = Math.min(parts - 1, (top - key[ids[i]!]!) * scale) | 0
    partOf[i] = part
    masses[part]! += probs[ids[i]!]!
    counts[part]!++
  }
  let last = 0
  let above = 0
  while (last < parts - 1 && above + masses[last]! < mass) above += masses[last++]!
  const out = new Uint32Array(counts[last]!)
  let n = 0
  for (let i = 0; i < ids.length; i++) if (partOf[i] === last) out[n++] = ids[i]!
  return { above, ids: out }
}

/**
 * Quickselect by mass among `ids`, with the mass `above` before all of them: `ids[0 .. low)` are in, `ids[high ..)` are
 * out.
 */
const select = (probs: Probs, key: Row, ids: Uint32Array, before: number, mass: number): Uint32Array => {
  let [low, high, above] = [0, ids.length, before]
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
      if (above >= mass) return ids.subarray(0, equal + n + 1)
    }
    low = less
  }
  return ids.subarray(0, low)
}

/** Puts keys above the pivot first, then those equal to it, then those below; gives where the last two begin. */
const partition = (ids: Uint32Array, key: Row, low: number, high: number, pivot: number) => {
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

import { logSoftmax } from "../../src/logits/softmax.ts"
import type { Truncation } from "../../src/logits/truncation.ts"

const none = Number.NEGATIVE_INFINITY
const law = (row: ReadonlyArray<number>): Array<number> => [...(logSoftmax(Float64Array.from(row)) as Float64Array)]

/** Ids by a full stable sort, largest key first. */
const sorted = (key: ReadonlyArray<number>): ReadonlyArray<number> =>
  key.map((_, i) => i).sort((a, b) => (key[a] === key[b] ? a - b : key[b]! - key[a]!))

const keep = (row: ReadonlyArray<number>, ids: ReadonlyArray<number>): Array<number> =>
  law(row.map((x, i) => (ids.includes(i) ? x : none)))

/** The ids before which less than `mass` has gathered. */
const head = (row: ReadonlyArray<number>, key: ReadonlyArray<number>, mass: number): ReadonlyArray<number> => {
  const ids = sorted(key)
  let before = 0
  return ids.filter((id, n) => {
    const stays = n === 0 || before < mass
    before += Math.exp(row[id]!)
    return stays
  })
}

/** `truncate` as its documentation says it, with full sorts. */
export const naiveTruncate = (logProbs: ReadonlyArray<number>, rules: Truncation): ReadonlyArray<number> => {
  let row = [...logProbs]
  const { minP = 0, temperature = 1, topK = 0, topP = 1, typicalP = 1 } = rules
  if (temperature !== 1) row = law(row.map((x) => x / temperature))
  if (topK > 0) row = keep(row, sorted(row).slice(0, topK))
  if (typicalP < 1) {
    const entropy = row.reduce((sum, x) => (x === none ? sum : sum - Math.exp(x) * x), 0)
    const key = row.map((x) => -Math.abs(-x - entropy))
    row = keep(row, head(row, key, typicalP))
  }
  if (topP < 1) row = keep(row, head(row, row, topP))
  if (minP > 0) {
    const most = Math.max(...row)
    row = law(row.map((x) => (x === most || x >= most + Math.log(minP) ? x : none)))
  }
  return row
}

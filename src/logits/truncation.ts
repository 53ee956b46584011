import { largest } from "./largest.ts"
import { nucleus } from "./nucleus.ts"
import { RowProblem } from "./row.ts"
import { logSoftmax } from "./softmax.ts"
import { temper } from "./temperature.ts"
import { make, pending, toLogProbs, type Weighted } from "./weighted_row.ts"

/** Which tokens of a law stay possible. Absent fields are off; they apply in the order of the fields. */
export interface Truncation {
  /** Divides the log-probabilities first; > 0. */
  readonly temperature?: number | undefined
  /** The k likeliest tokens; of equal ones the lower ids. 0 is off. */
  readonly topK?: number | undefined
  /** The tokens whose surprise is closest to the entropy, until their mass reaches it (arXiv:2202.00666). */
  readonly typicalP?: number | undefined
  /** The likeliest tokens until their mass reaches it (arXiv:1904.09751): a token stays if the mass before it is less. */
  readonly topP?: number | undefined
  /** Tokens with at least this share of the likeliest one's probability (arXiv:2407.01082, arXiv:2210.15097). */
  readonly minP?: number | undefined
}

/**
 * Truncates and renormalizes a row of log-probabilities. Each rule works on the renormalized law that the one before
 * left. At least one token stays: the likeliest, but for `typicalP`, which may leave it out.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Logits } from "polylogit"
 *
 * const law = Float64Array.of(0.5, 0.25, 0.125, 0.125).map(Math.log)
 * deepEqual(Logits.truncate(law, { topK: 1 }), Float64Array.of(0, -Infinity, -Infinity, -Infinity))
 * ```
 */
export const truncate = (logProbs: Float64Array, rules: Truncation): Float64Array | RowProblem => {
  let row: Float64Array | RowProblem = logProbs
  const { temperature = 1, topK = 0, typicalP = 1, topP = 1, minP = 0 } = rules
  if (temperature !== 1) row = logSoftmax(temper(logProbs, temperature))
  if (topK > 0 && topK < logProbs.length) row = then(row, (x) => only(x, largest(x, topK)))
  if (typicalP < 1) row = then(row, (x) => only(x, typical(x, typicalP)))
  if (topP < 1) row = then(row, (x) => only(x, nucleus(x, x, topP)))
  if (minP > 0) row = then(row, (x) => plausible(x, minP))
  return row
}

/** A mask of a term: its truncated law, renormalized, times its weight. */
export const mask = (self: Weighted, rules: Truncation): Weighted | RowProblem => {
  if (self._tag === "Pending") return pending
  const law = toLogProbs(self)
  const cut = law instanceof RowProblem ? law : truncate(law, rules)
  if (cut instanceof RowProblem) return cut
  const { weight } = self
  const times = typeof weight === "number" ? (x: number) => x * weight : (x: number, i: number) => x * weight[i]!
  return make(cut.map(times), weight)
}

const then = (row: Float64Array | RowProblem, rule: (row: Float64Array) => Float64Array): Float64Array | RowProblem =>
  row instanceof RowProblem ? row : logSoftmax(rule(row))

const only = (row: Float64Array, tokens: ReadonlyArray<number>): Float64Array => {
  const out = new Float64Array(row.length).fill(Number.NEGATIVE_INFINITY)
  for (const token of tokens) out[token] = row[token]!
  return out
}

const typical = (row: Float64Array, mass: number): ReadonlyArray<number> => {
  let entropy = 0
  for (const x of row) if (x > Number.NEGATIVE_INFINITY) entropy -= Math.exp(x) * x
  return nucleus(
    row,
    row.map((x) => -Math.abs(-x - entropy)),
    mass
  )
}

const plausible = (row: Float64Array, share: number): Float64Array => {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < row.length; i++) if (row[i]! > max) max = row[i]!
  const least = max + Math.log(share)
  return row.map((x) => (x >= least || x === max ? x : Number.NEGATIVE_INFINITY))
}

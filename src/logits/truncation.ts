import { largestSet } from "./largest.ts"
import { nucleus } from "./nucleus.ts"
import { type Probs, type Row, RowProblem } from "./row.ts"
import { exponentials, largestOf, logSoftmax } from "./softmax.ts"
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
  const { temperature = 1 } = rules
  const rest = cut(logProbs, rules)
  if (rest instanceof RowProblem) return rest
  if (rest.tokens === undefined && temperature === 1) return logProbs
  const law = logSoftmax(temperature === 1 ? rest.scores : temper(rest.scores, temperature))
  return law instanceof RowProblem
    ? named(law, rest)
    : spread(law, rest, () => new Float64Array(logProbs.length).fill(Number.NEGATIVE_INFINITY))
}

/** The probabilities of a row of scores when it is truncated: those of `truncate`, without a pass over the vocabulary. */
export const truncatedProbs = (scores: Row, rules: Truncation): Probs | RowProblem => {
  const rest = cut(scores, rules)
  const law = rest instanceof RowProblem ? rest : exponentials(rest.scores, rules.temperature ?? 1)
  if (rest instanceof RowProblem || law instanceof RowProblem)
    return rest instanceof RowProblem ? rest : named(law as RowProblem, rest)
  return spread(law.probs, rest, () => new Float64Array(scores.length))
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

/** What is left of a row. */
interface Rest {
  /** The tokens by their ids; all of them where there are none. */
  readonly tokens: Uint32Array | undefined
  /** Their scores, not yet divided by the temperature. */
  readonly scores: Row
}

const cut = (scores: Row, { minP = 0, temperature = 1, topK = 0, topP = 1, typicalP = 1 }: Truncation) => {
  let rest: Rest | RowProblem = { tokens: undefined, scores }
  if (topK > 0 && topK < scores.length) rest = only(rest, largestSet(scores, topK))
  if (typicalP < 1) rest = then(rest, (row) => typical(row, typicalP, temperature))
  if (topP < 1) rest = then(rest, (row) => likeliest(row, topP, temperature))
  if (minP > 0) rest = then(rest, (row) => plausible(row, minP, temperature))
  return rest
}

/** Keeps the tokens at some places of what was left. */
const only = (rest: Rest, places: Uint32Array): Rest => {
  const scores = new Float64Array(places.length)
  const tokens = new Uint32Array(places.length)
  for (let i = 0; i < places.length; i++) {
    scores[i] = rest.scores[places[i]!]!
    tokens[i] = rest.tokens === undefined ? places[i]! : rest.tokens[places[i]!]!
  }
  return { tokens, scores }
}

const then = (rest: Rest | RowProblem, rule: (row: Row) => Uint32Array | RowProblem): Rest | RowProblem => {
  if (rest instanceof RowProblem) return rest
  const places = rule(rest.scores)
  return places instanceof RowProblem ? named(places, rest) : only(rest, places)
}

/** The problem with its token's id. */
const named = ({ reason, token }: RowProblem, { tokens }: Rest) =>
  new RowProblem(reason, reason === "number" ? (tokens?.[token] ?? token) : token)

/** A row of what is left, as long as the vocabulary. */
const spread = (values: Float64Array, { tokens }: Rest, make: () => Float64Array): Float64Array => {
  if (tokens === undefined) return values
  const out = make()
  for (let i = 0; i < tokens.length; i++) out[tokens[i]!] = values[i]!
  return out
}

const likeliest = (row: Row, mass: number, temperature: number): Uint32Array | RowProblem => {
  const law = exponentials(row, temperature)
  return law instanceof RowProblem ? law : nucleus(law.probs, row, mass, { top: law.max, unit: temperature })
}

const typical = (row: Row, mass: number, temperature: number): Uint32Array | RowProblem => {
  const law = exponentials(row, temperature)
  if (law instanceof RowProblem) return law
  const { max, probs } = law
  const logSum = Math.log(law.sum)
  const surprise = new Float64Array(row.length)
  let entropy = 0
  for (let i = 0; i < row.length; i++) {
    surprise[i] = logSum - (row[i]! - max) / temperature
    if (probs[i]! > 0) entropy += probs[i]! * surprise[i]!
  }
  for (let i = 0; i < row.length; i++) surprise[i] = -Math.abs(surprise[i]! - entropy)
  return nucleus(probs, surprise, mass)
}

const plausible = (row: Row, share: number, temperature: number): Uint32Array => {
  const max = largestOf(row)
  const least = max + temperature * Math.log(share)
  const places = new Uint32Array(row.length)
  let count = 0
  for (let i = 0; i < row.length; i++) if (row[i]! >= least || row[i] === max) places[count++] = i
  return places.slice(0, count)
}

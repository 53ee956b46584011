import { RowProblem } from "./row.ts"
import { toLogProbs, type Weighted } from "./weighted_row.ts"

/** A term beside the law of its formula. */
export interface MonitoredTerm {
  /** The term's own law. Shape `[V]`, nats. */
  readonly logProbs: Float64Array
  /** KL(P || Q) of the term's law Q from the formula's law P, in nats: +Infinity where Q excludes a token of P. */
  readonly klDivergence: number
}

/** A law, and how far its terms are from it. */
export interface Monitored {
  /** Shannon entropy of the law, in nats. */
  readonly entropy: number
  /** One for each term; `undefined` for a term that is pending or has no law. */
  readonly terms: ReadonlyArray<MonitoredTerm | undefined>
}

/**
 * Compares a law P, as log-probabilities, with the laws Q of its terms. The divergence is KL(P || Q), of which a formula
 * minimizes the sum weighted by its coefficients: the larger, the less the term got its way.
 *
 * Source: arXiv:2311.14479, Theorem 1.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Logits } from "polylogit"
 *
 * const [even, sure] = [Float64Array.of(0, 0), Float64Array.of(0, -Infinity)]
 * const term = Logits.Weighted.make(even, 1)
 * const { entropy, terms } = Logits.monitor(sure, [term, Logits.Weighted.pending])
 * deepEqual([entropy, terms[0]?.klDivergence, terms[1]], [0, Math.LN2, undefined])
 * ```
 */
export const monitor = (logProbs: Float64Array, terms: ReadonlyArray<Weighted>): Monitored => {
  let entropy = 0
  for (const x of logProbs) if (x > Number.NEGATIVE_INFINITY) entropy += Math.exp(x) * -x
  return { entropy, terms: terms.map((term) => monitorTerm(logProbs, term)) }
}

const monitorTerm = (logProbs: Float64Array, term: Weighted): MonitoredTerm | undefined => {
  if (term._tag === "Pending") return undefined
  const own = toLogProbs(term)
  if (own instanceof RowProblem) return undefined
  let sum = 0
  for (let i = 0; i < own.length; i++) {
    const x = logProbs[i]!
    if (x > Number.NEGATIVE_INFINITY) sum += Math.exp(x) * (x - own[i]!)
  }
  // rounding may take the divergence of equal laws below 0
  return { logProbs: own, klDivergence: Math.max(0, sum) }
}

import type { Verifier } from "./verifier.ts"

/**
 * How likely it is that 0, 1, … drafts of a block are kept, at least, when one alone is kept with probability
 * `acceptance` and places are alike. Token by token, and by races, that is acceptance^n. A block checked at once keeps
 * more: the n-th draft with the mean of r(n) = min(1, r(n - 1) p/q), a reflected random walk in the logarithm. By
 * Spitzer's identity `n S(n) = sum over k of b(k) S(n - k)`, where b(k) is 1 less the total variation of the two laws of
 * k tokens together; with b(k) = a^k this gives a^n back. For log-ratios that are normal
 * `b(k) = 2 Phi(-sqrt(k) s / 2)`, with s by b(1) = a. On the embedded models what is seen lies close to that, a little
 * nearer to a^n, hence the mixture.
 *
 * Source: Sun et al., arXiv:2403.10444; Spitzer 1956, Trans. AMS 82, theorem 4.1.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict"
 * import { Speculation } from "polylogit"
 *
 * deepEqual(Speculation.survival(0.5, "rejection", 3), [1, 0.5, 0.25, 0.125])
 * const block = Speculation.survival(0.5, "block", 3)
 * equal(Math.abs(block[1]! - 0.5) < 1e-6, true)
 * equal(block[3]! > 0.15, true)
 * ```
 */
export const survival = (acceptance: number, verifier: Verifier, length: number): ReadonlyArray<number> => {
  if (verifier !== "block" || acceptance <= 0 || acceptance >= 1) {
    return Array.from({ length: length + 1 }, (_, n) => acceptance ** n)
  }
  const spread = spreadOf(acceptance)
  const together = [1]
  const out = [1]
  for (let n = 1; n <= length; n++) {
    together.push((2 * tail((Math.sqrt(n) * spread) / 2)) ** normalShare * acceptance ** (n * (1 - normalShare)))
    let sum = 0
    for (let k = 1; k <= n; k++) sum += together[k]! * out[n - k]!
    out.push(sum / n)
  }
  return out
}

/** How much of a block's gain over acceptance^n there is, by the embedded models. */
const normalShare = 0.85

/** The s for which 2 Phi(-s / 2) is `acceptance`. */
const spreadOf = (acceptance: number): number => {
  let [low, high] = [0, 16]
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (2 * tail(middle / 2) > acceptance) low = middle
    else high = middle
  }
  return low
}

/** Phi(-x) for x >= 0. Source: Abramowitz and Stegun, 7.1.26, whose error is below 1e-7 in the end. */
const tail = (x: number): number => {
  const z = x / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * z)
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return 0.5 * poly * Math.exp(-z * z)
}

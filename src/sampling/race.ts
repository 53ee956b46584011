import type { Probs } from "../logits/row.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { type Key, scramble, toCoin, Use } from "./philox.ts"
import { philoxRow } from "./philox_row.ts"

/** Where the noise of a race is taken from. */
export interface Track {
  readonly sequence: number
  readonly position: number
}

/**
 * An exponential race: token t arrives at `-log(1 - coin) / probs[t]`, and the first to arrive wins (of equal ones the
 * lowest id), which is t with probability `probs[t]`. A token of probability 0 never arrives. The coin depends on
 * (key, sequence, position, t) alone, so that two laws p and q at one place agree with probability
 * `sum_t 1 / sum_i max(p_i / p_t, q_i / q_t)`, which is (1 - TV) / (1 + TV) at least.
 *
 * Source: Daliri, Musco and Suresh 2024, arXiv:2408.07978 (Gumbel sampling: minus the logarithms of these arrivals).
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Sampling } from "polylogit"
 *
 * const chance = Sampling.seeded(7)
 * const [draft, target] = [Float64Array.of(0.5, 0.3, 0.2), Float64Array.of(0.6, 0.2, 0.2)]
 * let agreed = 0
 * for (let position = 0; position < 1000; position++) {
 *   const place = { sequence: 0, position, stage: 0, round: 0 }
 *   if (chance.race(place, draft) === chance.race(place, target)) agreed++
 * }
 * // the laws' total variation is 0.1
 * equal(agreed / 1000 > 0.9 / 1.1, true)
 * ```
 */
export const race = (key: Key): ((track: Track, probs: Probs) => TokenId) => {
  const uppersOf = philoxRow(key)
  const block = new Uint32Array(4)
  const lower = (token: TokenId, { position, sequence }: Track): number => {
    block[0] = token >>> 2
    block[1] = position
    block[2] = sequence
    block[3] = Use.raceLower
    scramble(block, key)
    return block[token & 3]!
  }
  return (track, probs) => {
    const uppers = uppersOf(probs.length, track.position, track.sequence, Use.raceUpper)
    let winner = -1
    let first = Number.POSITIVE_INFINITY
    for (let token = 0; token < probs.length; token++) {
      const p = probs[token]!
      if (p === 0) continue
      const upper = uppers[token]!
      // -log(1 - coin) >= coin >= its first 27 bits: who comes too late by these comes too late, without a logarithm
      if (winner >= 0 && toCoin(upper, 0) / p >= first) continue
      const arrival = -Math.log1p(-toCoin(upper, lower(token, track))) / p
      if (arrival < first || winner < 0) {
        first = arrival
        winner = token
      }
    }
    return winner
  }
}

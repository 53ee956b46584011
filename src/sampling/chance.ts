import * as Context from "effect/Context"
import type { Probs } from "../logits/row.ts"
import { draw } from "../logits/selection.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { philox, toCoin, Use } from "./philox.ts"
import { race } from "./race.ts"

/** Where in a run a question is asked. */
export interface Place {
  /** Which of the sequences generated side by side. */
  readonly sequence: number
  /** Number of tokens of the completion before the one in question. */
  readonly position: number
  /** Which stage of the chain asks: 0 proposes. */
  readonly stage: number
  /** How often the stage was rewound before. */
  readonly round: number
}

/** The only source of randomness. A value answers for one run; its answers may depend on what was asked before. */
export interface Chance {
  /** A token drawn from `probs`. */
  readonly draw: (place: Place, probs: Probs) => TokenId
  /** True with the given probability. */
  readonly accept: (place: Place, probability: number) => boolean
  /**
   * A token drawn from `probs` by an exponential race whose noise depends on (sequence, position, token) alone: two
   * laws at one position are drawn with the same noise, and agree as often as it lets them.
   */
  readonly race: (place: Place, probs: Probs) => TokenId
}

/** Makes the chance of a run from its seed. */
export type ChanceSource = (seed: number) => Chance

/**
 * Chance from counter-based coins in [0, 1). `draw` and `accept` use the coin (seed, sequence, number of the question in
 * that sequence), so that a sequence gives the same text alone and beside others; `race` has coins of its own.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Sampling } from "polylogit"
 *
 * const place = { sequence: 0, position: 0, stage: 0, round: 0 }
 * const fair = Float64Array.of(0.5, 0.5)
 * const [a, b] = [Sampling.seeded(7), Sampling.seeded(7)]
 * deepEqual([1, 2, 3].map(() => a.draw(place, fair)), [1, 2, 3].map(() => b.draw(place, fair)))
 * ```
 */
export const seeded: ChanceSource = (seed) => {
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const
  const asked = new Map<number, number>()
  const coin = (sequence: number) => {
    const n = asked.get(sequence) ?? 0
    asked.set(sequence, n + 1)
    const [high, low] = philox([n, Math.floor(n / 2 ** 32), sequence, Use.ask], key)
    return toCoin(high, low)
  }
  return {
    draw: ({ sequence }, probs) => draw(probs, coin(sequence)),
    accept: ({ sequence }, probability) => coin(sequence) < probability,
    race: race(key)
  }
}

/** How runs get their chance: seeded, unless a test provides another. */
export const CurrentChance = Context.Reference<ChanceSource>("polylogit/sampling/Chance", {
  defaultValue: () => seeded
})

import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { CurrentChance } from "../sampling/chance.ts"
import { advance, likelihood, type Question, replay } from "./questions.ts"

/** The exact law of what a run gives: each outcome with its probability, likeliest first. */
export interface ExactLaw<A> {
  readonly outcomes: ReadonlyArray<{ readonly value: A; readonly probability: number }>
  /** How many ways of answering there were. */
  readonly paths: number
}

/** A run has more ways of answering than allowed. */
export class TooManyPaths extends Data.TaggedError("TooManyPaths")<{ readonly message: string }> {}

/**
 * The exact law of what a run gives, found by answering every question that it asks of `Chance` in every way, depth
 * first, and multiplying the probabilities. The run is the real code: a generation, a stage, a sampler of your own.
 * `key` tells outcomes apart (by default their JSON). It fails with `TooManyPaths` rather than run for ever.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Sampling } from "polylogit"
 * import * as Testing from "polylogit/testing"
 *
 * const place = { sequence: 0, position: 0, stage: 0, round: 0 }
 * const twoCoins = Effect.map(Sampling.CurrentChance, (source) => {
 *   const chance = source(0)
 *   return [1, 2].filter(() => chance.accept(place, 0.5)).length
 * })
 * const law = await Effect.runPromise(Testing.exactLaw(twoCoins))
 * deepEqual(law.outcomes, [{ value: 1, probability: 0.5 }, { value: 0, probability: 0.25 }, { value: 2, probability: 0.25 }])
 * ```
 */
export const exactLaw = <A, E, R>(
  run: Effect.Effect<A, E, R>,
  options: { readonly key?: (value: A) => string; readonly maxPaths?: number } = {}
): Effect.Effect<ExactLaw<A>, E | TooManyPaths, R> =>
  Effect.gen(function* () {
    const { key = JSON.stringify, maxPaths = 20_000 } = options
    const outcomes = new Map<string, { value: A; probability: number }>()
    const questions: Array<Question> = []
    let paths = 0
    do {
      if (++paths > maxPaths) {
        return yield* new TooManyPaths({ message: `Cannot enumerate a run with more than ${maxPaths} paths` })
      }
      const value = yield* Effect.provideService(run, CurrentChance, () => replay(questions))
      const probability = likelihood(questions)
      const known = outcomes.get(key(value))
      outcomes.set(key(value), { value: known?.value ?? value, probability: (known?.probability ?? 0) + probability })
    } while (advance(questions))
    return { outcomes: byProbability([...outcomes.values()]), paths }
  })

/** Likeliest first. */
export const byProbability = <A extends { readonly probability: number }>(
  outcomes: ReadonlyArray<A>
): ReadonlyArray<A> => outcomes.toSorted((a, b) => b.probability - a.probability)

/** A law as the probability of each key. */
export const keyed = <A>(
  law: Pick<ExactLaw<A>, "outcomes">,
  key: (value: A) => string = JSON.stringify
): ReadonlyMap<string, number> => {
  const out = new Map<string, number>()
  for (const { probability, value } of law.outcomes) out.set(key(value), (out.get(key(value)) ?? 0) + probability)
  return out
}

/** Half the sum of absolute differences between two laws given by the keys of their outcomes. */
export const distance = (self: ReadonlyMap<string, number>, that: ReadonlyMap<string, number>): number => {
  let sum = 0
  for (const key of new Set([...self.keys(), ...that.keys()]))
    sum += Math.abs((self.get(key) ?? 0) - (that.get(key) ?? 0))
  return sum / 2
}

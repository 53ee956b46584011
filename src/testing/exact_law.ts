import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Probs } from "../logits/row.ts"
import { type Chance, CurrentChance } from "../sampling/chance.ts"

/** The exact law of what a run gives: each outcome with its probability, likeliest first. */
export interface ExactLaw<A> {
  readonly outcomes: ReadonlyArray<{ readonly value: A; readonly probability: number }>
  /** How many ways of answering there were. */
  readonly paths: number
}

/** A run has more ways of answering than allowed. */
export class TooManyPaths extends Data.TaggedError("TooManyPaths")<{ readonly message: string }> {}

interface Question {
  /** Answers of positive probability, and the one that is being followed. */
  readonly answers: ReadonlyArray<{ readonly answer: number; readonly probability: number }>
  chosen: number
}

/** Follows recorded answers, then takes the first answer to every new question. */
const replay = (questions: Array<Question>): Chance => {
  let asked = 0
  const races = new Map<string, Array<{ readonly probs: Probs; readonly answer: number }>>()
  const ask = (probs: ArrayLike<number>): number => {
    const question = questions[asked] ?? {
      answers: Array.from(probs, (probability, answer) => ({ answer, probability })).filter((a) => a.probability > 0),
      chosen: 0
    }
    questions[asked++] = question
    return question.answers[question.chosen]!.answer
  }
  return {
    draw: (_, probs) => ask(probs),
    accept: (_, probability) => ask([1 - probability, probability]) === 1,
    // Equal laws at one place meet the same noise and agree; different ones are taken to be independent.
    race: ({ position, sequence }, probs) => {
      const place = `${sequence} ${position}`
      const known = races.get(place) ?? []
      const same = known.find(
        (race) => race.probs.length === probs.length && race.probs.every((p, i) => p === probs[i])
      )
      if (same !== undefined) return same.answer
      const answer = ask(probs)
      races.set(place, [...known, { probs: probs.slice(), answer }])
      return answer
    }
  }
}

/** The next path in depth-first order, or false after the last one. */
const advance = (questions: Array<Question>): boolean => {
  for (let last = questions.pop(); last !== undefined; last = questions.pop()) {
    if (last.chosen + 1 < last.answers.length) {
      questions.push({ ...last, chosen: last.chosen + 1 })
      return true
    }
  }
  return false
}

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
      const probability = questions.reduce((product, q) => product * q.answers[q.chosen]!.probability, 1)
      const known = outcomes.get(key(value))
      outcomes.set(key(value), { value: known?.value ?? value, probability: (known?.probability ?? 0) + probability })
    } while (advance(questions))
    return { outcomes: [...outcomes.values()].sort((a, b) => b.probability - a.probability), paths }
  })

/** Half the sum of absolute differences between two laws given by the keys of their outcomes. */
export const distance = (self: ReadonlyMap<string, number>, that: ReadonlyMap<string, number>): number => {
  let sum = 0
  for (const key of new Set([...self.keys(), ...that.keys()]))
    sum += Math.abs((self.get(key) ?? 0) - (that.get(key) ?? 0))
  return sum / 2
}

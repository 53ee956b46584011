import type { Probs } from "../logits/row.ts"
import type { Chance } from "../sampling/chance.ts"

/** Something that chance was asked, and the answer that is being followed. */
export interface Question {
  /** Answers of positive probability. */
  readonly answers: ReadonlyArray<{ readonly answer: number; readonly probability: number }>
  readonly chosen: number
}

/** The answer to a race. */
export interface Raced {
  readonly sequence: number
  readonly position: number
  readonly probs: Probs
  readonly answer: number
}

/**
 * Follows recorded answers, then takes the first answer to every new question and adds it to `questions`. Equal laws at
 * one place meet the same noise and agree, which `raced` remembers; different ones are taken to be independent.
 */
export const replay = (questions: Array<Question>, raced: Array<Raced> = []): Chance => {
  let asked = 0
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
    accept: (_, probability) => {
      // a coin is in [0, 1): it is always below 1, and never below 0 or NaN
      const p = probability > 0 ? Math.min(1, probability) : 0
      return ask([1 - p, p]) === 1
    },
    race: ({ position, sequence }, probs) => {
      const known = raced.find(
        (race) => race.position === position && race.sequence === sequence && same(race.probs, probs)
      )
      if (known !== undefined) return known.answer
      const answer = ask(probs)
      raced.push({ sequence, position, probs, answer })
      return answer
    }
  }
}

const same = (a: Probs, b: Probs): boolean => a === b || (a.length === b.length && a.every((p, i) => p === b[i]))

/** Turns to the next path in depth-first order; false after the last one. */
export const advance = (questions: Array<Question>): boolean => {
  for (let last = questions.pop(); last !== undefined; last = questions.pop()) {
    if (last.chosen + 1 < last.answers.length) {
      questions.push({ ...last, chosen: last.chosen + 1 })
      return true
    }
  }
  return false
}

/** The probability of the answers that are being followed. */
export const likelihood = (questions: ReadonlyArray<Question>): number =>
  questions.reduce((product, { answers, chosen }) => product * answers[chosen]!.probability, 1)

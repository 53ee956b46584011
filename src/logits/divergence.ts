import type { Probs } from "./row.ts"

/** Shannon entropy of a law, in nats. */
export const entropy = (probs: Probs): number => {
  let sum = 0
  for (const p of probs) if (p > 0) sum -= p * Math.log(p)
  return sum
}

/** Kullback-Leibler divergence of `that` from `self`, in nats: +Infinity where `that` excludes a token of `self`. */
export const klDivergence = (self: Probs, that: Probs): number => {
  let sum = 0
  for (let i = 0; i < self.length; i++) if (self[i]! > 0) sum += self[i]! * Math.log(self[i]! / that[i]!)
  return sum
}

/** Half the sum of absolute differences of two laws: between 0 and 1. */
export const totalVariation = (self: Probs, that: Probs): number => {
  let sum = 0
  for (let i = 0; i < self.length; i++) sum += Math.abs(self[i]! - that[i]!)
  return sum / 2
}

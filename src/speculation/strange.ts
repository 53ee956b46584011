import type { Drafted } from "../sampling/stage_machine.ts"

/** Why drafts cannot be checked, if they cannot: laws of another length, that are none, or that exclude their token. */
export const strange = (drafts: ReadonlyArray<Drafted>, vocabularySize: number): string | undefined => {
  for (const { law, token } of drafts) {
    const probs = law?.probs
    if (!(probs instanceof Float64Array)) return "Cannot verify drafts that come without their law"
    if (probs.length !== vocabularySize) {
      return `Cannot verify drafts from a law over ${probs.length} tokens: the target's has ${vocabularySize}`
    }
    let sum = 0
    let least = 0
    for (let i = 0; i < probs.length; i++) {
      sum += probs[i]!
      least = Math.min(least, probs[i]!)
    }
    if (least < 0) return `Cannot verify drafts from a law with a probability of ${least}`
    if (!(Math.abs(sum - 1) < 1e-6)) return `Cannot verify drafts from a law whose probabilities sum to ${sum}`
    if (!(probs[token]! > 0)) return `Cannot verify token ${token}: the law it is said to be drawn from excludes it`
  }
  return undefined
}

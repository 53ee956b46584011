import { bonus, type Rule } from "./rule.ts"

/**
 * A draft is kept if it is the target's own draw by the noise of its position; if not, that draw takes its place. So
 * the text is that of plain sampling by race, token for token: for every draft, plan and batch.
 *
 * Source: the Gumbel coupling of arXiv:2408.07978, section 4, with exponential races.
 */
export const coupled: Rule = (given, ask) => {
  for (let i = 0; i < given.drafts.length; i++) {
    const own = ask.race(given.position + i, given.laws[i]!.probs)
    if (own !== given.drafts[i]!.token) return { kept: i, next: own }
  }
  return bonus(given, ask.race)
}

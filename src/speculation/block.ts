import { lacking, residual } from "./residual.ts"
import { bonus, lawsOf, type Rule } from "./rule.ts"

/**
 * The whole block at once: never keeps fewer tokens in expectation than token by token, and follows the same law. With
 * the running ratio r(0) = 1, r(i) = min(1, r(i - 1) p/q), the first i drafts are kept with probability
 * h(i) = S / (S + 1 - r(i)), S the mass of max(0, r(i) p - q) behind them, h(m) = r(m) for all m; the longest beginning
 * that is kept counts, and what follows it is drawn from max(0, r p - q). Asked from the end, it needs no more coins than
 * it uses.
 *
 * Source: Sun et al., arXiv:2403.10444, algorithm 2 and theorem 2.
 */
export const block: Rule = (given, ask) => {
  const { drafts, position } = given
  const ratios = [1]
  for (let i = 0; i < drafts.length; i++) {
    const [draft, target] = lawsOf(given, i)
    const { token } = drafts[i]!
    ratios.push(Math.min(1, (ratios[i]! * target[token]!) / draft[token]!))
  }
  const last = drafts.length
  if (last === 0 || ask.accept(position + last - 1, ratios[last]!)) return bonus(given, ask.draw)
  for (let kept = last - 1; ; kept--) {
    const [draft, target] = lawsOf(given, kept)
    const ratio = ratios[kept]!
    const mass = lacking(draft, target, ratio)
    if (kept === 0 || (mass > 0 && ask.accept(position + kept, mass / (mass + 1 - ratio)))) {
      return { kept, next: ask.draw(position + kept, residual(draft, target, ratio)) }
    }
  }
}

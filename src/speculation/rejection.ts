import { acceptance } from "./acceptance.ts"
import { residual } from "./residual.ts"
import { bonus, lawsOf, type Rule } from "./rule.ts"

/**
 * Token by token: each draft is kept with probability min(1, p/q); the first that is not is replaced by a draw from the
 * residual, and those behind it fall.
 *
 * Source: Leviathan et al., arXiv:2211.17192, algorithm 1.
 */
export const rejection: Rule = (block, ask) => {
  for (let i = 0; i < block.drafts.length; i++) {
    const [draft, target] = lawsOf(block, i)
    const position = block.position + i
    if (!ask.accept(position, acceptance(draft, target, block.drafts[i]!.token))) {
      return { kept: i, next: ask.draw(position, residual(draft, target)) }
    }
  }
  return bonus(block, ask.draw)
}

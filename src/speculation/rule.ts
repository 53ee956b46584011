import type { Probs } from "../logits/row.ts"
import type { Ask } from "../sampling/ask.ts"
import type { Law } from "../sampling/law.ts"
import type { Drafted } from "../sampling/stage_machine.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"

/** Drafted tokens and the laws to check them against. */
export interface Block {
  /** Drafted tokens with the laws that they were drawn from; may be none. */
  readonly drafts: ReadonlyArray<Drafted>
  /** The target's law before each of them, and, where a bonus token is wanted, behind the last. */
  readonly laws: ReadonlyArray<Law>
  /** The position of the first of them in the completion. */
  readonly position: number
}

/** What becomes of a block. */
export interface Verdict {
  /** How many drafts are kept, from the first on. */
  readonly kept: number
  /** The token behind them: a replacement or a bonus token; `undefined` where all are kept and no bonus was wanted. */
  readonly next: TokenId | undefined
}

/** Decides a block: pure but for what it asks of chance. Given as an option, so that tests can put a wrong one in. */
export type Rule = (block: Block, ask: Ask) => Verdict

/** The law that a token was drafted from, and the one to follow there. */
export const lawsOf = ({ drafts, laws }: Block, i: number): readonly [draft: Probs, target: Probs] => [
  drafts[i]!.law.probs,
  laws[i]!.probs
]

/** Draws the bonus token, if one is wanted. */
export const bonus = ({ drafts, laws, position }: Block, by: (position: number, probs: Probs) => TokenId): Verdict => {
  const kept = drafts.length
  const law = laws[kept]
  return { kept, next: law && by(position + kept, law.probs) }
}

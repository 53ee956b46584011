import type { Verified } from "../sampling/stage_machine.ts"
import { expectedAcceptance } from "./acceptance.ts"

/** What became of the drafts that a stage checked. */
export interface Acceptance {
  /** Calls of the stage: blocks that it checked. */
  readonly blocks: number
  /** Drafts in these blocks. */
  readonly drafted: number
  /** Drafts that were kept. */
  readonly kept: number
  /** Drafts whose keeping was decided: those kept, and the first of each block that was not. */
  readonly decided: number
  /** For the decided ones, the sum of the chances that a draft of that law is kept (1 less the total variation). */
  readonly expected: number
}

/** Nothing seen yet. */
export const unseen: Acceptance = { blocks: 0, drafted: 0, kept: 0, decided: 0, expected: 0 }

/** One block more. */
export const seen = (before: Acceptance, { drafts, kept, laws }: Verified): Acceptance => {
  const decided = Math.min(drafts.length, kept + 1)
  let { expected } = before
  for (let i = 0; i < decided; i++) expected += expectedAcceptance(drafts[i]!.law.probs, laws[i]!.probs)
  return {
    blocks: before.blocks + 1,
    drafted: before.drafted + drafts.length,
    kept: before.kept + kept,
    decided: before.decided + decided,
    expected
  }
}

import type { Probs } from "../logits/row.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { Chance } from "./chance.ts"

/** Chance for one stage: its questions have only a position left to tell. */
export interface Ask {
  readonly draw: (position: number, probs: Probs) => TokenId
  readonly accept: (position: number, probability: number) => boolean
  readonly race: (position: number, probs: Probs) => TokenId
}

/** The chance of a run, as one stage of one sequence asks it. */
export const askOf = (
  chance: Chance,
  { round, sequence, stage }: { readonly sequence: number; readonly stage: number; readonly round: number }
): Ask => ({
  draw: (position, probs) => chance.draw({ sequence, position, stage, round }, probs),
  accept: (position, probability) => chance.accept({ sequence, position, stage, round }, probability),
  race: (position, probs) => chance.race({ sequence, position, stage, round }, probs)
})

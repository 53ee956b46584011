import type { LeafNode } from "../formula/plan.ts"
import type { Prepared } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import { print } from "../formula/syntax/print.ts"
import { monitor as monitorRows } from "../logits/monitor.ts"
import { make, pending } from "../logits/weighted_row.ts"
import type { Drafted } from "../sampling/stage_machine.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { TokenMonitor } from "./events.ts"

/** A term under the number by which plans name it, as `explain` lists the terms. */
export interface NumberedTerm {
  readonly number: number
  /** The term as text. */
  readonly term: string
  readonly leaf: LeafNode
}

/** The terms of a formula that have rows, numbered among all of its terms. */
export const numbered = ({ has, terms }: Prepared): ReadonlyArray<NumberedTerm> =>
  terms.map((leaf, i) => ({ number: i + 1, term: print(leaf), leaf })).filter(({ leaf }) => has(leaf))

/** Looks at a token behind the completion that it was drawn behind. */
export type Monitor = (drafted: Drafted, completion: ReadonlyArray<TokenId>) => TokenMonitor

/**
 * Tells of each token what the terms made of it. Rows are those that the sequence remembers: no model is asked again,
 * and a term that no stage needed there (a draft, say) is left out where its row is not at hand.
 */
export const monitor = (terms: ReadonlyArray<NumberedTerm>, memory: RowMemory): Monitor => {
  const fixed = new Map<LeafNode, Float64Array>(
    terms.flatMap(({ leaf }) => (leaf._tag === "Row" ? [[leaf, Float64Array.from(leaf.logits)]] : []))
  )
  return ({ law, origin = "drawn", token }, completion) => {
    const rows = terms.map(({ leaf }) => {
      const row = fixed.get(leaf) ?? memory.known(leaf, completion, completion.length)[0]
      return row === undefined ? pending : make(row, 1)
    })
    const logProbs = new Float64Array(law.scores.length)
    for (let i = 0; i < logProbs.length; i++) logProbs[i] = law.scores[i]! - law.logZ
    const read = monitorRows(logProbs, rows)
    return {
      origin,
      entropy: read.entropy,
      terms: terms.flatMap(({ number, term }, i) => {
        const own = read.terms[i]
        return own === undefined
          ? []
          : [{ number, term, logProb: own.logProbs[token]!, klDivergence: own.klDivergence }]
      })
    }
  }
}

import type { Row } from "../logits/row.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { LeafNode } from "./plan.ts"

/** What a term has cost so far. */
export interface TermCost {
  /** Calls: one for each time that the term was asked, alone or packed with others. */
  readonly calls: number
  /** Rows that these calls computed. */
  readonly positions: number
  /**
   * Time of the runs that it was part of, divided evenly among the terms of each. Of a run that was packed with other
   * sequences each sequence counts the whole. Units: ms.
   */
  readonly milliseconds: number
}

/**
 * The rows of leaves along one text, so that no term is asked twice for a row: what one stage has computed the next
 * one finds here. It is memoization: a row is found only behind the very tokens that it was computed behind.
 */
export interface RowMemory {
  /** The rows after the first `from`, `from + 1`, … tokens of a completion, as far as they are known without a gap. */
  readonly known: (leaf: LeafNode, completion: ReadonlyArray<TokenId>, from: number) => ReadonlyArray<Row>
  /** Remembers rows after the first `from`, … tokens of a completion; rows behind other tokens are forgotten. */
  readonly learn: (leaf: LeafNode, completion: ReadonlyArray<TokenId>, from: number, rows: ReadonlyArray<Row>) => void
  /** Notes a run of the runtime: its terms, the rows that each asked for, and how long it took. */
  readonly ran: (
    terms: ReadonlyArray<{ readonly leaf: LeafNode; readonly positions: number }>,
    milliseconds: number
  ) => void
  /** Runs so far: terms on one model go in one run. */
  readonly runs: () => number
  /** What each term has cost so far. */
  readonly cost: (leaf: LeafNode) => TermCost
}

interface Entry {
  completion: ReadonlyArray<TokenId>
  first: number
  rows: Array<Row>
}

const nothing: TermCost = { calls: 0, positions: 0, milliseconds: 0 }

/** A memory of the last `capacity` rows of each leaf. */
export const rowMemory = (capacity: number): RowMemory => {
  const entries = new Map<LeafNode, Entry>()
  const costs = new Map<LeafNode, TermCost>()
  const shared = sharing()
  let runs = 0
  return {
    known: (leaf, completion, from) => {
      const entry = entries.get(leaf)
      if (entry === undefined || from < entry.first) return []
      const last = Math.min(shared(entry.completion, completion), entry.first + entry.rows.length - 1)
      return last < from ? [] : entry.rows.slice(from - entry.first, last - entry.first + 1)
    },
    learn: (leaf, completion, from, rows) => {
      const entry = entries.get(leaf)
      const kept = entry === undefined ? 0 : shared(entry.completion, completion) - entry.first + 1
      // rows that do not follow on those that still hold begin anew
      if (entry === undefined || from < entry.first || from - entry.first > Math.min(kept, entry.rows.length)) {
        entries.set(leaf, { completion, first: from, rows: rows.slice(-capacity) as Array<Row> })
        entries.get(leaf)!.first += Math.max(0, rows.length - capacity)
        return
      }
      entry.rows.splice(from - entry.first, entry.rows.length, ...rows)
      entry.completion = completion
      const surplus = Math.max(0, entry.rows.length - capacity)
      entry.rows.splice(0, surplus)
      entry.first += surplus
    },
    ran: (terms, milliseconds) => {
      runs++
      for (const { leaf, positions } of terms) {
        const before = costs.get(leaf) ?? nothing
        costs.set(leaf, {
          calls: before.calls + 1,
          positions: before.positions + positions,
          milliseconds: before.milliseconds + milliseconds / terms.length
        })
      }
    },
    runs: () => runs,
    cost: (leaf) => costs.get(leaf) ?? nothing
  }
}

/**
 * How many tokens two texts begin with alike. All terms ask of the same texts, one after another: they are read once.
 * A text may have grown since, but its tokens do not change.
 */
const sharing = () => {
  let last = { a: [] as ReadonlyArray<TokenId>, b: [] as ReadonlyArray<TokenId>, most: 0, length: 0 }
  return (a: ReadonlyArray<TokenId>, b: ReadonlyArray<TokenId>): number => {
    if (a === b) return a.length
    const most = Math.min(a.length, b.length)
    if (last.a === a && last.b === b && last.most === most) return last.length
    let length = 0
    while (length < most && a[length] === b[length]) length++
    last = { a, b, most, length }
    return length
  }
}

import type { Prepared } from "../formula/prepare.ts"
import { lawful } from "./layers.ts"

/** A partial formula with a law: the terms that it asks, by number, rising. */
export type Node = ReadonlyArray<number>

/** The partial formulas that plans go through. */
export interface Lattice {
  /** In an order in which no chain goes back. */
  readonly nodes: ReadonlyArray<Node>
  /** The whole formula. */
  readonly whole: Node
  /** Where a chain may go next: what is there when the terms of a later partial formula join those of this one. */
  readonly next: ReadonlyMap<Node, ReadonlyArray<Node>>
}

/** Up to so many terms all sets of them are looked at. */
const mostTerms = 5

/**
 * All partial formulas with a law. Of a formula with more than five terms only some: its terms one by one, and the
 * first two, three and so on in the order in which they stand.
 */
export const lattice = (prepared: Prepared): Lattice => {
  const { terms } = prepared
  const free = terms.flatMap((leaf, i) => (leaf._tag === "Row" ? [] : [i + 1]))
  const whole = numbers(prepared, prepared)
  const nodes = new Map([[whole.join(), whole]])
  const reached = new Map<string, Node | undefined>()
  const nodeOf = (set: ReadonlyArray<number>): Node | undefined => {
    const key = set.join()
    if (reached.has(key)) return reached.get(key)
    const found = part(prepared, set)
    const asked = found && numbers(prepared, found)
    const node = asked && (nodes.get(asked.join()) ?? asked)
    if (node !== undefined) nodes.set(node.join(), node)
    reached.set(key, node)
    return node
  }
  for (const set of free.length <= mostTerms ? subsets(free) : few(free)) nodeOf(set)
  const all = [...nodes.values()]
  const next = new Map(
    all.map((from) => [from, all.filter((to) => from !== to && nodeOf(union(from, to)) === to)] as const)
  )
  const done: Array<Node> = []
  const visit = (node: Node): void => {
    if (done.includes(node)) return
    for (const later of next.get(node)!) visit(later)
    done.unshift(node)
  }
  for (const node of all) visit(node)
  return { nodes: done, whole, next }
}

/** The partial formula of some terms, if it has a law. */
export const part = (prepared: Prepared, set: ReadonlyArray<number>): Prepared | undefined =>
  lawful(prepared, new Set(prepared.terms.filter((leaf, i) => leaf._tag === "Row" || set.includes(i + 1))))

/** The terms that a partial formula asks, as numbers of the whole one's. */
const numbers = ({ terms }: Prepared, { asked }: Prepared): Node =>
  asked.map((leaf) => terms.indexOf(leaf) + 1).sort((a, b) => a - b)

const subsets = (all: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: 2 ** all.length - 1 }, (_, bits) => all.filter((_, i) => ((bits + 1) >> i) & 1))

const few = (all: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> => [
  ...all.map((one) => [one]),
  ...all.map((_, i) => all.slice(0, i + 1))
]

/** All terms of one set or the other. */
export const union = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): ReadonlyArray<number> =>
  [...new Set([...a, ...b])].sort((x, y) => x - y)

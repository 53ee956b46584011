import { type Flow, perToken, proposal, verification } from "./cost.ts"
import { type Lattice, type Node, union } from "./lattice.ts"
import type { Plan } from "./plan.ts"

/** What things cost. Units: ms. */
export interface Costs {
  /** The runs that are due when each of some terms is asked for so many rows at one moment. */
  readonly runs: (asked: ReadonlyArray<readonly [term: number, rows: number]>) => number
  /** A law of a partial formula from rows that are there, with what a stage does with it. */
  readonly law: (node: Node) => number
}

/** What plans are chosen by. */
export interface SearchOptions {
  readonly costs: Costs
  /** The share of the tokens of the first partial formula that the second keeps; `undefined` where one has no law. */
  readonly acceptance: (from: Node, to: Node) => number | undefined
  /** How likely so many drafts of a block are kept at least, by the share that is kept one by one. */
  readonly survival: (acceptance: number) => ReadonlyArray<number>
  /** The longest draft. Default 16. */
  readonly longest?: number | undefined
  /** The most stages of a plan. Default: any number. */
  readonly stages?: number | undefined
  /** How many rows of each term are remembered: what the stages of a plan may be apart. Default: any number. */
  readonly reach?: number | undefined
}

/** A plan with what it is expected to cost. */
export interface Candidate {
  readonly plan: Plan
  /** The partial formulas of its stages, the whole formula last. */
  readonly nodes: ReadonlyArray<Node>
  /** The cost of a block of the last stage with all before it, and the tokens that it gives, in the mean. */
  readonly flow: Flow
}

/** The first stages of a plan. */
interface Chain {
  readonly nodes: ReadonlyArray<Node>
  readonly lengths: ReadonlyArray<number>
  readonly bonus: ReadonlyArray<boolean>
  /** All terms that the stages ask. */
  readonly asked: Node
  readonly flow: Flow
}

const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16]

/**
 * The cheapest plans, best first, no speculation always among them: chains of partial formulas in every order, terms one
 * by one and together, each with its draft lengths, and with a bonus token behind a block or without. For each partial
 * formula the cheapest chains to it are kept and made longer; at the whole formula the draft lengths of the best are
 * then changed as long as that helps.
 */
export const search = (lattice: Lattice, options: SearchOptions): ReadonlyArray<Candidate> => {
  const best = new Map<Node, Array<Chain>>()
  const keep = (chain: Chain) => {
    const node = chain.nodes.at(-1)!
    const all = best.get(node) ?? []
    all.push(chain)
    all.sort((a, b) => perToken(a.flow) - perToken(b.flow))
    if (all.length > (node === lattice.whole ? 12 : 2)) all.pop()
    best.set(node, all)
  }
  const off = first(lattice.whole, options)
  for (const node of lattice.nodes) {
    if (node !== lattice.whole) keep(first(node, options))
    for (const chain of best.get(node) ?? []) {
      // what drafts more slowly than no speculation writes
      if (perToken(chain.flow) >= perToken(off.flow) || chain.nodes.length === options.stages) continue
      for (const to of lattice.next.get(node)!) {
        const longer = extended(chain, to, options)
        if (longer !== undefined) keep(longer)
      }
    }
  }
  const found = (best.get(lattice.whole) ?? []).map((chain, i) => (i < 4 ? refined(chain, options) : chain))
  return [off, ...found].sort((a, b) => perToken(a.flow) - perToken(b.flow)).map(toCandidate)
}

/** What a plan costs that goes through the same partial formulas as a candidate; `undefined` where it cannot be. */
export const priced = (
  { nodes, plan }: Pick<Candidate, "nodes" | "plan">,
  options: SearchOptions
): Candidate | undefined => {
  const chain = rebuilt({ nodes }, { lengths: plan.draftLengths, bonus: plan.bonus ?? [] }, options)
  return chain && toCandidate(chain)
}

/** A candidate with the draft lengths that suit it best at these costs and acceptances. */
export const tuned = ({ nodes, plan }: Candidate, options: SearchOptions): Candidate | undefined => {
  const chain = rebuilt({ nodes }, { lengths: plan.draftLengths, bonus: plan.bonus ?? [] }, options)
  return chain && toCandidate(refined(chain, options))
}

/** The plan of a chain: each group is what its stage asks and none before it did. */
const toCandidate = ({ bonus, flow, lengths, nodes }: Chain): Candidate => {
  const order: Array<ReadonlyArray<number>> = []
  for (const node of nodes) order.push(node.filter((term) => !order.flat().includes(term)))
  return { plan: { order, draftLengths: lengths, ...(bonus.length > 0 && { bonus }) }, nodes, flow }
}

const first = (node: Node, { costs }: SearchOptions): Chain => ({
  nodes: [node],
  lengths: [],
  bonus: [],
  asked: node,
  flow: proposal(costs.runs(node.map((term) => [term, 1] as const)) + costs.law(node))
})

/** A chain with one stage more, with the draft length that is the best for it. */
const extended = (chain: Chain, to: Node, options: SearchOptions): Chain | undefined => {
  let best: Chain | undefined
  for (const bonus of [false, true]) {
    let worse = 0
    let own: Chain | undefined
    for (const length of lengths) {
      const longer = withStage(chain, to, length, bonus, options)
      if (longer === undefined) break
      if (own !== undefined && perToken(longer.flow) >= perToken(own.flow)) {
        if (++worse === 2) break
        continue
      }
      worse = 0
      own = longer
    }
    if (own !== undefined && (best === undefined || perToken(own.flow) < perToken(best.flow))) best = own
  }
  return best
}

const withStage = (
  chain: Chain,
  to: Node,
  length: number,
  bonus: boolean,
  { acceptance, costs, longest = 16, reach = Number.POSITIVE_INFINITY, survival }: SearchOptions
): Chain | undefined => {
  const kept = acceptance(chain.nodes.at(-1)!, to)
  const lengths = [...chain.lengths, length]
  if (kept === undefined || length > longest) return undefined
  if (lengths.reduce((sum, one) => sum + 2 * one + 2, 2) > reach) return undefined
  const law = costs.law(to)
  const call = (drafts: number, extra: boolean) => {
    const asked: Array<readonly [number, number]> = []
    for (const term of to) {
      const rows = chain.asked.includes(term) ? (extra ? 1 : 0) : drafts + (extra ? 1 : 0)
      if (rows > 0) asked.push([term, rows])
    }
    return costs.runs(asked) + (drafts + (extra ? 1 : 0)) * law
  }
  return {
    nodes: [...chain.nodes, to],
    lengths,
    bonus: [...chain.bonus, bonus],
    asked: union(chain.asked, to),
    flow: verification(chain.flow, { draftLength: length, bonus, survival: survival(kept), call })
  }
}

/** Changes one draft length or bonus after another as long as that helps. */
const refined = (chain: Chain, options: SearchOptions): Chain => {
  let best = chain
  for (let changed = true; changed; ) {
    changed = false
    for (let i = 0; i < best.lengths.length; i++) {
      const length = best.lengths[i]!
      const others = [
        [length - 1, best.bonus[i]!],
        [length + 1, best.bonus[i]!],
        [length, !best.bonus[i]!]
      ] as const
      for (const [other, bonus] of others) {
        if (other < 1) continue
        const again = rebuilt(best, { lengths: best.lengths.with(i, other), bonus: best.bonus.with(i, bonus) }, options)
        if (again === undefined || perToken(again.flow) >= perToken(best.flow)) continue
        best = again
        changed = true
      }
    }
  }
  return best
}

const rebuilt = (
  { nodes }: Pick<Chain, "nodes">,
  { bonus, lengths }: Pick<Chain, "lengths" | "bonus">,
  options: SearchOptions
): Chain | undefined => {
  let chain: Chain | undefined = first(nodes[0]!, options)
  for (const [i, node] of nodes.slice(1).entries()) {
    chain = chain && withStage(chain, node, lengths[i]!, bonus[i]!, options)
  }
  return chain
}

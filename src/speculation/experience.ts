import * as Context from "effect/Context"
import type { Estimate } from "./estimate.ts"
import type { Lattice, Node } from "./lattice.ts"
import type { Candidate } from "./search.ts"
import { type Speeds, speeds } from "./speeds.ts"

/** How a plan went: the blocks that its last stage gave. */
interface Record {
  candidate: Candidate
  readonly order: string
  blocks: number
  tokens: number
}

/** What a plan gave in some blocks that followed one another. */
export interface Stretch {
  readonly blocks: number
  readonly tokens: number
  readonly milliseconds: number
}

/** What was learned about one formula on this machine; it changes with every token. */
export interface Experience {
  readonly lattice: Lattice
  /** The chance that a draft of `from` is kept by `to`; `undefined` where one of them has no law or none was seen yet. */
  readonly acceptance: (from: Node, to: Node) => number | undefined
  readonly estimated: () => number
  readonly isFailed: (node: Node) => boolean
  readonly addEstimate: (estimate: Estimate) => void
  /** What became of drafts: so many of those that were decided were kept, or had to be expected to. */
  readonly addSeen: (from: Node, to: Node, decided: number, kept: number) => void
  /** What a law takes for each of its terms and one more. Units: ms. */
  readonly lawTime: () => number | undefined
  /** A token came without speculation: what is beyond its cost is of the terms without a model, if there are some. */
  readonly addPlain: (milliseconds: number, cost: number, streams: number) => void
  /** A row of such a term. Units: ms. */
  readonly streamTime: () => number
  /** A plan, at the price that it is known for now, went like this. */
  readonly addStretch: (candidate: Candidate, stretch: Stretch) => void
  /** Time of a token by a plan: as expected by what is known now, corrected by how plans of that order went. */
  readonly time: (candidate: Candidate) => number
  readonly speeds: Speeds
  /** The plans that are looked at. */
  readonly candidates: () => ReadonlyArray<Candidate>
  readonly consider: (candidates: ReadonlyArray<Candidate>) => void
  /** Prices all plans anew. */
  readonly reprice: (price: (candidate: Candidate) => Candidate | undefined) => void
}

/** Laws at one token tell as much as so many drafts that were decided. */
const lawWorth = 1
/** What is older than this counts half. */
const longest = { laws: 64, seen: 600, tokens: 512 }
/** Blocks are taken to give what is expected, as if that had been seen for so many tokens. */
const prior = 96

/** Nothing learned yet. */
export const experience = (lattice: Lattice): Experience => {
  const steps = new Map<string, { laws: number; kept: number; decided: number; accepted: number }>()
  const records = new Map<string, Record>()
  let candidates: ReadonlyArray<Candidate> = []
  const failed = new Set<Node>()
  let lawTime: number | undefined
  let estimated = 0
  let streamTime = 0
  const stepOf = (from: Node, to: Node) => {
    const key = `${from} ${to}`
    const step = steps.get(key) ?? { laws: 0, kept: 0, decided: 0, accepted: 0 }
    steps.set(key, step)
    return step
  }
  const pace = speeds(JSON.stringify([lattice.whole]))
  return {
    lattice,
    candidates: () => candidates,
    consider: (found) => {
      candidates = found
    },
    reprice: (price) => {
      candidates = candidates.flatMap((candidate) => price(candidate) ?? [])
      for (const record of records.values()) record.candidate = price(record.candidate) ?? record.candidate
    },
    estimated: () => estimated,
    isFailed: (node) => failed.has(node),
    acceptance: (from, to) => {
      const step = steps.get(`${from} ${to}`)
      if (step === undefined || step.laws + step.decided === 0 || failed.has(from) || failed.has(to)) return undefined
      const weight = lawWorth * step.laws + step.decided
      return Math.min(0.995, (lawWorth * step.kept + step.accepted) / weight)
    },
    addEstimate: ({ failed: without, lawTime: time, positions, steps: found }) => {
      estimated += positions
      for (const node of without) failed.add(node)
      if (time !== undefined) lawTime = lawTime === undefined ? time : Math.min(lawTime, time)
      for (const { from, kept, to } of found) {
        const step = stepOf(from, to)
        if (step.laws > longest.laws) {
          step.laws /= 2
          step.kept /= 2
        }
        step.laws += positions
        step.kept += kept
      }
    },
    addSeen: (from, to, decided, kept) => {
      const step = stepOf(from, to)
      if (step.decided > longest.seen) {
        step.decided /= 2
        step.accepted /= 2
      }
      step.decided += decided
      step.accepted += kept
    },
    lawTime: () => lawTime,
    speeds: pace,
    streamTime: () => streamTime,
    addPlain: (milliseconds, cost, streams) => {
      if (streams > 0) streamTime = Math.max(0, streamTime + (0.1 * (milliseconds - cost)) / streams)
    },
    addStretch: (candidate, { blocks, milliseconds, tokens }) => {
      const key = JSON.stringify(candidate.plan)
      const order = JSON.stringify(candidate.plan.order)
      const record = records.get(key) ?? { candidate, order, blocks: 0, tokens: 0 }
      if (record.tokens > longest.tokens) {
        record.blocks /= 2
        record.tokens /= 2
      }
      record.blocks += blocks
      record.tokens += tokens
      records.set(key, record)
      pace.add(order, milliseconds, blocks * record.candidate.flow.cost)
    },
    time: ({ flow, plan }) => {
      const order = JSON.stringify(plan.order)
      let [tokens, awaited] = [prior, prior]
      for (const record of records.values()) {
        if (record.order !== order) continue
        tokens += record.tokens
        awaited += record.blocks * record.candidate.flow.tokens
      }
      return ((flow.cost / flow.tokens) * pace.factor(order) * awaited) / tokens
    }
  }
}

/** What was learned about formulas, by what tells them apart: the default lasts as long as the process. */
export const Experiences = Context.Reference<Map<string, Experience>>("polylogit/speculation/Experiences", {
  defaultValue: () => new Map()
})

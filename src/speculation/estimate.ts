import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Prepared } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import type { Probs } from "../logits/row.ts"
import type { Context } from "../model/context.ts"
import { type Target, type TargetOptions, target } from "../sampling/target.ts"
import { expectedAcceptance } from "./acceptance.ts"
import { expectedAgreement } from "./agreement.ts"
import { type Lattice, type Node, part } from "./lattice.ts"
import type { Verifier } from "./verifier.ts"

/** What estimating goes by. */
export interface EstimateOptions extends Omit<TargetOptions, "memory"> {
  readonly memory: RowMemory
  readonly verifier: Verifier
  /** How many of the last tokens are looked at. */
  readonly positions: number
  /** Partial formulas that are left out. */
  readonly without: (node: Node) => boolean
}

/** What the laws of partial formulas tell at tokens that are out. */
export interface Estimate {
  /** Each step of a chain, with the chances that a draft is kept, summed over the tokens. */
  readonly steps: ReadonlyArray<{ readonly from: Node; readonly to: Node; readonly kept: number }>
  readonly positions: number
  /** Partial formulas that have no law here, or one that is too flat to draft from. */
  readonly failed: ReadonlyArray<Node>
  /** What a law takes for each of its terms and one more. Units: ms. */
  readonly lawTime: number | undefined
}

/**
 * Compares the laws of partial formulas at the last tokens of a text. Their rows are remembered, but for those of drafts
 * that nobody has asked, which are asked here.
 */
export const estimate = (
  prepared: Prepared,
  { next, nodes }: Lattice,
  { completion, prompt }: Context,
  options: EstimateOptions
): Effect.Effect<Estimate> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    const from = Math.max(0, completion.length - options.positions)
    const context = { prompt, completion: completion.slice(0, -1) }
    const positions = completion.length - from
    const laws = new Map<Node, ReadonlyArray<Probs | undefined>>()
    const failed: Array<Node> = []
    const times: Array<number> = []
    for (const node of nodes) {
      if (options.without(node)) continue
      const own = part(prepared, node)
      const known = own?.asked.every((leaf) => options.memory.known(leaf, context.completion, from).length >= positions)
      const start = now()
      const found = own && (yield* Effect.result(lawsOf(target(own, { ...options, dispensable: true }), context, from)))
      if (known) times.push((now() - start) / (positions * (1 + node.length)))
      if (found?._tag === "Success") laws.set(node, found.success)
      // a prompt that is too long for a draft, or a model that failed once, says nothing about the next run
      else if (found === undefined || found.failure._tag === "EvaluationError") failed.push(node)
    }
    const like = options.verifier === "coupled" ? expectedAgreement : expectedAcceptance
    const steps = []
    for (const [node, drafts] of laws) {
      for (const to of next.get(node)!) {
        const targets = laws.get(to)
        if (targets === undefined) continue
        let kept = 0
        for (let i = 0; i < positions; i++) {
          const [draft, target] = [drafts[i], targets[i]]
          if (draft !== undefined && target !== undefined) kept += like(draft, target)
        }
        steps.push({ from: node, to, kept })
      }
    }
    return { steps, positions, failed, lawTime: times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)] }
  })

/** The laws of all places; `undefined` where there is none. */
const lawsOf = ({ laws }: Target, context: Context, from: number) =>
  Effect.gen(function* () {
    const out: Array<Probs | undefined> = []
    while (from + out.length <= context.completion.length) {
      const found = yield* laws(context, from + out.length)
      for (const { probs } of found) out.push(probs)
      if (from + out.length <= context.completion.length) out.push(undefined)
    }
    return out
  })

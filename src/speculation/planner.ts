import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Prepared } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import type { TargetOptions } from "../sampling/target.ts"
import { perToken } from "./cost.ts"
import { estimate } from "./estimate.ts"
import type { Experience, Stretch } from "./experience.ts"
import { layers } from "./layers.ts"
import type { Leg } from "./leg.ts"
import { type Measured, machineCosts } from "./machine_costs.ts"
import type { Gave } from "./pilot.ts"
import type { Plan } from "./plan.ts"
import { type Candidate, priced, type SearchOptions, search, tuned } from "./search.ts"
import { survival } from "./survival.ts"
import type { Verifier } from "./verifier.ts"

/** What a run is that the planner plans for. */
export interface AutoOptions extends Omit<TargetOptions, "memory"> {
  readonly verifier: Verifier
  /** Texts that are written side by side. */
  readonly count: number
}

/** A plan that is gone by. */
export interface Running {
  readonly candidate: Candidate
  readonly leg: Leg
}

/** What decides for all sequences of a run. */
export interface Planner {
  /** How many rows of each term are remembered. */
  readonly reach: number
  /** The plan to go by. */
  readonly current: () => Running
  /** Tokens have come; when it is time, laws are compared and the plan is thought over. */
  readonly came: (gave: Gave, memory: RowMemory) => Effect.Effect<void>
  /** A plan went like this. */
  readonly went: (candidate: Candidate, stretch: Stretch) => void
  /** What thinking took so far. Units: ms. */
  readonly time: () => number
}

/** Bytes of rows that all sequences may remember, and the most rows of a term. */
const remembered = { bytes: 2 ** 27, rows: 96 }
/** A plan is tried that may be the fastest: by so many standard deviations of what is known about its order. */
const hope = 0.8
/** What is not faster by this share is not worth a change. */
const margin = 0.015
/** A plan that takes more than this share of the time without speculation is a close call. */
const close = 0.8
/** Tokens without speculation at which laws are compared for the first time, and which close calls begin with. */
const warmUp = 8
/** Tokens after which the plan is thought over. */
const trial = 24
/** Tokens of each text by which thinking may be late. */
const late = 24
/** Tokens at which laws are compared, in all; drafts that are checked tell the rest. */
const enough = 64
/** The share of the time that comparing laws may take: for the first time, of all that is to come, and later. */
const share = { first: 0.05, later: 0.01 }

/** What the search goes by: what was measured, and what is known so far. */
export const searching = (measured: Measured, known: Experience, options: AutoOptions, size: number): SearchOptions => {
  const curves = new Map<number, ReadonlyArray<number>>()
  const longest = Math.min(16, options.maxTokens - 1)
  return {
    costs: machineCosts(measured, {
      count: options.count,
      lawTime: () => known.lawTime() ?? firstLawTime(size),
      streamTime: known.streamTime
    }),
    acceptance: known.acceptance,
    survival: (acceptance) => {
      const rounded = Math.round(acceptance * 1000) / 1000
      const curve = curves.get(rounded) ?? survival(rounded, options.verifier, longest)
      curves.set(rounded, curve)
      return curve
    },
    longest,
    // texts side by side stay in step, and their runs packed, as long as all blocks take equally many calls
    stages: options.count > 1 ? 2 : undefined
  }
}

/** Until it is measured. Units: ms. */
const firstLawTime = (size: number) => size * 1e-5

/** Plans for one run by what is known, and adds to it. `now` is a clock. Units: ms. */
export const planner = (
  prepared: Prepared,
  options: AutoOptions,
  known: Experience,
  measured: Measured,
  now: () => number
): Planner => {
  const { count, maxTokens } = options
  const { size } = prepared.vocabulary
  const rows = Math.floor(remembered.bytes / (4 * size * prepared.terms.length * count))
  const reach = Math.max(warmUp, Math.min(remembered.rows, rows))
  const by = { ...searching(measured, known, options, size), reach }
  const legs = new Map<string, Leg | undefined>()
  const running = (candidate: Candidate): Running | undefined => {
    const key = JSON.stringify(candidate.plan)
    if (!legs.has(key)) legs.set(key, legOf(prepared, candidate))
    const leg = legs.get(key)
    return leg && { candidate, leg }
  }
  const look = () => known.consider(search(known.lattice, by))
  const reprice = () => known.reprice((candidate) => priced(candidate, by))
  reprice()
  known.speeds.pause()
  if (known.candidates().length === 0) look()
  let current = running(known.candidates().find(({ nodes }) => nodes.length === 1)!)!
  let tokens = 0
  let generating = 0
  let thinking = 0
  let settled = 0
  let searched = 0

  /** The plan that may be the fastest; the one that is gone by, unless another is clearly better. */
  const choose = () => {
    const mine = priced(current.candidate, by)
    let best = mine && running(mine)
    let least = mine === undefined ? Number.POSITIVE_INFINITY : known.time(mine) * (1 - margin)
    for (const candidate of known.candidates()) {
      const doubt = known.speeds.doubt(JSON.stringify(candidate.plan.order))
      const time = known.time(candidate) * Math.exp(-hope * doubt)
      const next = time < least ? running(candidate) : undefined
      if (next === undefined) continue
      least = time
      best = next
    }
    settled = best?.leg === current.leg ? settled + 1 : 0
    current = best ?? current
  }
  const plain = current
  if (known.estimated() > 0) choose()
  // a close call begins with the plan that all others are compared with: how fast the machine is just now is seen by it
  if (known.time(current.candidate) > close * known.time(plain.candidate)) current = plain
  let due = count * (current === plain ? warmUp : trial)

  /** At how many tokens laws are compared now. */
  const affordable = (length: number) => {
    const one = known.lattice.nodes.length * 3 * (known.lawTime() ?? firstLawTime(size))
    const begun = known.estimated() > 0
    const time = begun ? share.later * generating : (share.first * generating * maxTokens) / tokens
    const positions = Math.floor((time - thinking) / one)
    return known.estimated() >= enough ? 0 : Math.min(reach - 2, length, 16, Math.max(begun ? 0 : 4, positions))
  }

  const think = ({ context }: Gave, memory: RowMemory) =>
    Effect.gen(function* () {
      const start = now()
      const positions = affordable(context.completion.length)
      if (positions > 3) {
        const without = known.isFailed
        known.addEstimate(yield* estimate(prepared, known.lattice, context, { ...options, memory, positions, without }))
      }
      if (positions > 3 || tokens - searched > 512) {
        look()
        searched = tokens
      } else known.consider(known.candidates().flatMap((one, i) => (i < 4 ? tuned(one, by) : one) ?? []))
      reprice()
      choose()
      due = tokens + trial * count * Math.min(8, 1 + settled)
      thinking += now() - start
    })

  /** The first text thinks, and the others wait meanwhile: so they stay in step, and their runs packed. */
  let leader: RowMemory | undefined
  let gate: Deferred.Deferred<void> | undefined
  const inStep = (gave: Gave, memory: RowMemory): Effect.Effect<void> => {
    if (gate !== undefined) return Deferred.await(gate)
    // a leader that has ended is followed by whoever comes
    if (leader === undefined || tokens >= due + late * count) leader = memory
    if (memory !== leader || tokens < due || gave.context.completion.length < 4) return Effect.void
    const closed = Deferred.makeUnsafe<void>()
    gate = closed
    return Effect.ensuring(
      think(gave, memory),
      Effect.suspend(() => {
        gate = undefined
        return Deferred.succeed(closed, undefined)
      })
    )
  }

  return {
    reach,
    time: () => thinking,
    current: () => current,
    went: (candidate, stretch) => known.addStretch(priced(candidate, by) ?? candidate, stretch),
    came: (gave, memory) =>
      Effect.suspend(() => {
        tokens += gave.drafted.length
        generating += gave.milliseconds / count
        if (current.candidate.nodes.length === 1) {
          known.addPlain(gave.milliseconds, perToken(current.candidate.flow), streamsOf(prepared) * count)
        }
        return inStep(gave, memory)
      })
  }
}

/** A plan's partial formulas, if they are the ones that it was priced by. */
const legOf = (
  prepared: Prepared,
  { nodes, plan }: { readonly plan: Plan; readonly nodes: ReadonlyArray<unknown> }
) => {
  const own = layers(prepared, plan)
  return Result.isSuccess(own) && own.success.length === nodes.length ? { plan, layers: own.success } : undefined
}

const streamsOf = ({ asked }: Prepared) => asked.filter(({ _tag }) => _tag === "Stream").length

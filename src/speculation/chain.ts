import type { Machine } from "../machine/machine.ts"
import type { Ask } from "../sampling/ask.ts"
import type { Law } from "../sampling/law.ts"
import type { Action, Drafted, Reply, StageMachine } from "../sampling/stage_machine.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"

/** What all stages of a chain remember: plain data. */
export interface ChainState {
  /** One for each stage; `undefined` until it begins. */
  readonly stages: ReadonlyArray<unknown>
  /** Where each stage began, or begins next. */
  readonly begin: ReadonlyArray<ReadonlyArray<TokenId>>
  /** The stage that waits for a reply. */
  readonly active: number
}

/** What a chain does next: a stage asks for its laws, the last one gives tokens, or the text has ended. */
export type ChainAction =
  | {
      readonly _tag: "Laws"
      readonly stage: number
      readonly completion: ReadonlyArray<TokenId>
      readonly from: number
    }
  | { readonly _tag: "Emit"; readonly drafted: ReadonlyArray<Drafted> }
  | { readonly _tag: "End" }
  | { readonly _tag: "Refuse"; readonly message: string }

/** What a chain is told. */
export type ChainReply =
  | { readonly _tag: "Next" }
  | { readonly _tag: "Laws"; readonly laws: ReadonlyArray<Law>; readonly ask: Ask }

/**
 * A whole chain of stages as one machine, without streams: the stages' own machines, each pulling from the one before.
 * Equal states go on alike, so the law of a chain can be computed with equal states merged.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Sampling, Speculation } from "polylogit"
 *
 * const text = { end: [], maxTokens: 4 }
 * const { init, step } = Speculation.chain([
 *   Sampling.proposing(text),
 *   Speculation.verifying({ ...text, draftLength: 2, rule: Speculation.block, bonus: true })
 * ])
 * const [, action] = step(init, { _tag: "Next" })
 * equal(action._tag === "Laws" && action.stage, 0)
 * ```
 */
export const chain = (
  machines: ReadonlyArray<StageMachine>,
  completion: ReadonlyArray<TokenId> = []
): Machine<ChainState, ChainReply, ChainAction> => ({
  init: {
    stages: machines.map(() => undefined),
    begin: machines.map(() => completion),
    active: machines.length - 1
  },
  step: (state, told) => {
    let { active, begin, stages } = state
    let reply: Reply = told
    for (;;) {
      const machine = machines[active]!(begin[active]!)
      const [next, action]: readonly [unknown, Action] = machine.step(stages[active] ?? machine.init, reply)
      stages = stages.with(active, next)
      if (action._tag === "Pull") {
        active--
        reply = { _tag: "Next" }
        continue
      }
      if (action._tag === "Emit" && action.rewind) {
        const { completion } = action
        const above = active
        stages = stages.map((stage, i) => (i < above ? undefined : stage))
        begin = begin.map((old, i) => (i < above ? completion : old))
      }
      const out = { stages, begin, active }
      if (action._tag === "Laws") return [out, { ...action, stage: active }]
      if (action._tag === "Refuse") return [out, action]
      if (active === machines.length - 1) return [out, action]
      active++
      reply = action._tag === "Emit" ? { _tag: "Pulled", drafted: action.drafted } : { _tag: "Dry" }
    }
  }
})

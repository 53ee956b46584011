import * as Effect from "effect/Effect"
import type { Probs } from "../logits/row.ts"
import { askOf } from "../sampling/ask.ts"
import type { Law } from "../sampling/law.ts"
import { StageError } from "../sampling/stage.ts"
import type { StageMachine } from "../sampling/stage_machine.ts"
import { type ChainAction, type ChainState, chain } from "../speculation/chain.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { byProbability, type ExactLaw, TooManyPaths } from "./exact_law.ts"
import { advance, likelihood, type Question, type Raced, replay } from "./questions.ts"

/** The law of a stage: what it draws its next token from, as a function of the text so far; `undefined` without one. */
export type LawOf = (stage: number, completion: ReadonlyArray<TokenId>) => Law | undefined

/** The exact law of the texts of a chain. `paths`: the answers of chance that were followed. */
export interface ExactChain extends ExactLaw<ReadonlyArray<TokenId>> {
  /** The states that the chain could be in. */
  readonly states: number
}

/** How far a chain is followed. */
export interface ExactChainOptions {
  /** Texts are cut to this many tokens. */
  readonly maxTokens: number
  /** What texts begin behind; by default nothing. */
  readonly completion?: ReadonlyArray<TokenId> | undefined
  /** Default 1,000,000. */
  readonly maxStates?: number | undefined
}

type Asked = ChainAction & { readonly _tag: "Laws" }

/** A chain that waits for a reply, and how likely that is. */
interface Node {
  readonly state: ChainState
  readonly asked: Asked | undefined
  readonly tokens: ReadonlyArray<TokenId>
  readonly raced: ReadonlyArray<Raced>
  probability: number
}

/**
 * The exact law of the texts that a chain of stages gives: every question to chance is answered in every way, and equal
 * states are merged, so that it takes as long as there are states, not paths. What is followed is the decisions of the
 * stages (`Sampling.proposing`, `Speculation.verifying`, a machine of your own); `exactLaw` follows their streams.
 * It fails with `TooManyPaths` past `maxStates` states, and with `StageError` where a stage refuses.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Sampling, Speculation } from "polylogit"
 * import * as Testing from "polylogit/testing"
 *
 * // a fair coin drafts for one that never shows 0
 * const laws = [Float32Array.of(0, 0), Float32Array.of(-Infinity, 0)].map((row) =>
 *   Sampling.law(row, {}, { prompt: [], completion: [] }) as Sampling.Law
 * )
 * const text = { end: [], maxTokens: 3 }
 * const machines = [
 *   Sampling.proposing(text),
 *   Speculation.verifying({ ...text, draftLength: 2, rule: Speculation.block, bonus: true })
 * ]
 * const law = await Effect.runPromise(Testing.exactChain(machines, (stage) => laws[stage]!, { maxTokens: 3 }))
 * deepEqual(law.outcomes, [{ value: [1, 1, 1], probability: 1 }])
 * ```
 */
export const exactChain = (
  machines: ReadonlyArray<StageMachine>,
  lawOf: LawOf,
  options: ExactChainOptions
): Effect.Effect<ExactChain, TooManyPaths | StageError> =>
  Effect.gen(function* () {
    const { completion = [], maxStates = 1_000_000, maxTokens } = options
    const { init, step } = chain(machines, completion)
    const { law, nameOf } = named(lawOf)
    const outcomes = new Map<string, { readonly value: ReadonlyArray<TokenId>; readonly probability: number }>()
    // by the number of tokens that are out: it never falls, so that no state is met again once all of its number are done
    const waiting: Array<Map<string, Node>> = Array.from({ length: maxTokens + 1 }, () => new Map())
    let states = 0
    let paths = 0

    const reach = (node: Node, level: Map<string, Node>) => {
      const { asked, raced, state, tokens } = node
      const races = raced.map(({ answer, position, probs }) => `${position} ${nameOf(probs)} ${answer}`)
      const key = JSON.stringify([state, asked, tokens, races.sort()])
      const known = level.get(key)
      if (known === undefined) level.set(key, node)
      else known.probability += node.probability
    }
    const finish = (tokens: ReadonlyArray<TokenId>, probability: number) => {
      const value = tokens.slice(0, maxTokens)
      const key = value.join()
      outcomes.set(key, { value, probability: probability + (outcomes.get(key)?.probability ?? 0) })
    }
    /** Answers one node's questions in every way; why a stage refused, if it did. */
    const follow = (node: Node, next: Map<string, Node>): string | undefined => {
      const { asked, state } = node
      const laws = asked && lawsAlong(asked, law)
      const questions: Array<Question> = []
      do {
        paths++
        const raced = [...node.raced]
        const ask = askOf(replay(questions, raced), { sequence: 0, stage: asked?.stage ?? 0, round: 0 })
        const [after, action] = step(state, laws === undefined ? { _tag: "Next" } : { _tag: "Laws", laws, ask })
        const probability = node.probability * likelihood(questions)
        if (action._tag === "Refuse") return action.message
        if (action._tag === "End") finish(node.tokens, probability)
        else if (action._tag === "Laws") reach({ ...node, state: after, asked: action, raced, probability }, next)
        else {
          const tokens = [...node.tokens, ...action.drafted.map(({ token }) => token)]
          const out = completion.length + tokens.length
          if (tokens.length >= maxTokens) finish(tokens, probability)
          else {
            const left = raced.filter(({ position }) => position >= out)
            reach({ state: after, asked: undefined, tokens, raced: left, probability }, waiting[tokens.length]!)
          }
        }
      } while (advance(questions))
      return undefined
    }

    if (maxTokens > 0) reach({ state: init, asked: undefined, tokens: [], raced: [], probability: 1 }, waiting[0]!)
    else finish([], 1)
    for (const first of waiting) {
      for (let level = first; level.size > 0; ) {
        states += level.size
        if (states > maxStates) {
          return yield* new TooManyPaths({ message: `Cannot enumerate a chain with more than ${maxStates} states` })
        }
        const next = new Map<string, Node>()
        for (const node of level.values()) {
          const refused = follow(node, next)
          if (refused !== undefined) return yield* new StageError({ message: refused })
        }
        level = next
      }
    }
    return { outcomes: byProbability([...outcomes.values()]), paths, states }
  })

/** The laws that a stage asks for, as far as there are any. */
const lawsAlong = ({ completion, from, stage }: Asked, law: LawOf): ReadonlyArray<Law> => {
  const laws: Array<Law> = []
  for (let n = from; n <= completion.length; n++) {
    const next = law(stage, completion.slice(0, n))
    if (next === undefined) break
    laws.push(next)
  }
  return laws
}

/** Each law made once, and written by its name instead of its numbers wherever a state that holds it is written down. */
const named = (lawOf: LawOf) => {
  const known = new Map<string, Law | undefined>()
  const names = new WeakMap<Probs, string>()
  return {
    law: (stage: number, completion: ReadonlyArray<TokenId>): Law | undefined => {
      const name = `${stage} ${completion.join()}`
      if (known.has(name)) return known.get(name)
      const given = lawOf(stage, completion)
      const law: Law | undefined = given && Object.assign(Object.create({ toJSON: () => name }), given)
      known.set(name, law)
      if (law !== undefined) names.set(law.probs, name)
      return law
    },
    nameOf: (probs: Probs): string => names.get(probs) ?? probs.join()
  }
}

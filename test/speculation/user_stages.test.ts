import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Chance, CurrentChance } from "../../src/sampling/chance.ts"
import { proposing } from "../../src/sampling/propose.ts"
import type { Stage } from "../../src/sampling/stage.ts"
import type { Drafted, StageMachine } from "../../src/sampling/stage_machine.ts"
import { type Verifier, verifiers } from "../../src/speculation/verifier.ts"
import { verify } from "../../src/speculation/verify.ts"
import { verifying } from "../../src/speculation/verifying.ts"
import { exactChain } from "../../src/testing/exact_chain.ts"
import { distance, exactLaw, keyed } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { lawFrom, tableLaw, targetOf } from "./tables.ts"

const table = (seed: number) =>
  tableLaw([0, 1, 2].map((last) => [0, 1, 2].map((token) => Math.sin(seed * 5 + last * 3 + token))))
const [draft, middle, target] = [table(1), table(2), table(3)]
const text = { end: [], maxTokens: 3 }
const expected = keyed(plainLaw(target, text))

/** Draws tokens `atOnce` at a time behind a completion, and ends where it is `last` long. */
const blocks =
  (chance: Chance, atOnce: number, last: number, by: "draw" | "race"): Stage<never> =>
  ({ completion }) =>
    Stream.unfold(completion, (so) =>
      Effect.sync(() => {
        if (so.length >= last) return undefined
        let now = so
        const drafted: Array<Drafted> = []
        while (drafted.length < atOnce) {
          const law = draft(now)
          const token = chance[by]({ sequence: 0, position: now.length, stage: 0, round: 0 }, law.probs)
          drafted.push({ token, law })
          now = [...now, token]
        }
        return [drafted, now] as const
      })
    ).pipe(Stream.flatMap((drafted) => Stream.fromArray(drafted)))

const lawOf = async (make: (chance: Chance) => Stage<unknown>) => {
  const run = Effect.flatMap(CurrentChance, (source) =>
    Effect.map(Stream.runCollect(make(source(0))({ prompt: [], completion: [] })), (all) =>
      all.map(({ token }) => token)
    )
  )
  return keyed(await Effect.runPromise(exactLaw(run)))
}

describe("a stage of one's own, as a stream", () => {
  for (const verifier of ["rejection", "block", "coupled"] as Array<Verifier>) {
    const { by } = verifiers[verifier]
    // races have more answers
    const text = { end: [], maxTokens: verifier === "coupled" ? 2 : 3 }
    const expected = keyed(plainLaw(target, text))
    const check = (chance: Chance, k: number, bonus: boolean, stage = 1, of = target) =>
      verify(targetOf(of, text), k, { chance, sequence: 0, stage, verifier, bonus })
    test(`${verifier}: several tokens at once, more than are checked in a block, and an early end`, async () => {
      for (const [atOnce, last, k] of [
        [2, 9, 1],
        [3, 9, 2],
        [2, 2, 3],
        [1, 1, 2],
        [1, 0, 2]
      ] as const) {
        for (const bonus of [true, false]) {
          const got = await lawOf((chance) => check(chance, k, bonus)(blocks(chance, atOnce, last, by)))
          expect(distance(got, expected)).toBeLessThan(1e-10)
        }
      }
    }, 60_000)
    test(`${verifier}: in the middle of others`, async () => {
      const got = await lawOf((chance) =>
        check(chance, 2, true, 2)(check(chance, 1, false, 1, middle)(blocks(chance, 2, 2, by)))
      )
      expect(distance(got, expected)).toBeLessThan(1e-10)
    }, 60_000)
    test(`${verifier}: one that guesses without chance drafts from a law of one token`, async () => {
      const guess: Stage<never> = ({ completion }) =>
        Stream.iterate(completion.length, (n) => n + 1).pipe(
          Stream.map((n) => ({ token: n % 3, law: lawFrom(...[0, 1, 2].map((token) => (token === n % 3 ? 1 : 0))) }))
        )
      const got = await lawOf((chance) => check(chance, 2, true)(guess))
      expect(distance(got, expected)).toBeLessThan(1e-10)
    })
  }
})

describe("a stage of one's own, as a machine", () => {
  /** Gives two tokens of a law at a time, then nothing. */
  const pairs: StageMachine<{ readonly completion: ReadonlyArray<number>; readonly over: boolean }> = (completion) => ({
    init: { completion, over: false },
    step(state, reply) {
      if (reply._tag !== "Laws")
        return [
          state,
          state.over ? { _tag: "End" } : { _tag: "Laws", completion: state.completion, from: state.completion.length }
        ]
      const law = reply.laws[0]!
      const drafted = [0, 1].map(
        (i): Drafted => ({ token: reply.ask.draw(state.completion.length + i, law.probs), law })
      )
      const now = [...state.completion, ...drafted.map(({ token }) => token)]
      const emit = { _tag: "Emit", drafted: drafted as [Drafted, Drafted], completion: now, rewind: false } as const
      return [{ completion: now, over: true }, emit]
    }
  })
  test("the law of the chain is the last stage's", async () => {
    for (const verifier of ["rejection", "block"] as const) {
      for (const draftLength of [1, 2, 3]) {
        const { rule } = verifiers[verifier]
        const chain = [
          pairs,
          verifying({ ...text, draftLength, rule, bonus: draftLength !== 2 }),
          verifying({ ...text, draftLength: 2, rule, bonus: true })
        ]
        const laws = [draft, middle, target]
        const got = await Effect.runPromise(exactChain(chain, (stage, completion) => laws[stage]!(completion), text))
        expect(distance(keyed(got), expected)).toBeLessThan(1e-10)
      }
    }
  })
  test("one that says another law than it draws from is seen", async () => {
    const lies: StageMachine<unknown> = (completion) => {
      const { init, step } = proposing(text)(completion)
      return {
        init,
        step(state, reply) {
          const [next, action] = step(state as typeof init, reply)
          if (action._tag !== "Emit") return [next, action]
          const drafted = action.drafted.map((one) => ({ ...one, law: lawFrom(0.2, 0.3, 0.5) })) as unknown as [Drafted]
          return [next, { ...action, drafted }]
        }
      }
    }
    const chain = [lies, verifying({ ...text, draftLength: 2, rule: verifiers.block.rule, bonus: true })]
    const laws = [draft, target]
    const got = await Effect.runPromise(exactChain(chain, (stage, completion) => laws[stage]!(completion), text))
    expect(distance(keyed(got), expected)).toBeGreaterThan(0.01)
  })
})

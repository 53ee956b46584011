import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { proposing } from "../../src/sampling/propose.ts"
import type { StageMachine } from "../../src/sampling/stage_machine.ts"
import { verifiers } from "../../src/speculation/verifier.ts"
import { verifying } from "../../src/speculation/verifying.ts"
import { exactChain } from "../../src/testing/exact_chain.ts"
import { distance, exactLaw, keyed } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { settled } from "../speculation/cases.ts"
import { lawFrom, streamed, targetOf } from "../speculation/tables.ts"
import { law } from "../support/arbitraries.ts"
import { failure } from "../support/run.ts"

const run = Effect.runPromise
const text = (maxTokens: number) => ({ end: [], maxTokens })

describe("by hand", () => {
  test("a proposer: every text with the product of its laws", async () => {
    const got = await run(exactChain([proposing(text(2))], () => lawFrom(0.25, 0.75), { maxTokens: 2 }))
    expect(got.outcomes).toEqual([
      { value: [1, 1], probability: 0.5625 },
      { value: [0, 1], probability: 0.1875 },
      { value: [1, 0], probability: 0.1875 },
      { value: [0, 0], probability: 0.0625 }
    ])
    // at the start, behind 0 and 1; each asks for its law, and is answered in two ways
    expect(got.states).toBe(6)
    expect(got.paths).toBe(9)
  })

  test("texts begin behind a completion, and are cut to maxTokens where a stage goes on", async () => {
    const seen: Array<ReadonlyArray<number>> = []
    const lawOf = (_: number, completion: ReadonlyArray<number>) => {
      seen.push(completion)
      return lawFrom(0, 1)
    }
    const got = await run(exactChain([proposing(text(9))], lawOf, { maxTokens: 2, completion: [0, 0] }))
    expect(got.outcomes).toEqual([{ value: [1, 1], probability: 1 }])
    expect(seen).toEqual([
      [0, 0],
      [0, 0, 1]
    ])
    const none = await run(exactChain([proposing(text(9))], lawOf, { maxTokens: 0 }))
    expect(none.outcomes).toEqual([{ value: [], probability: 1 }])
  })

  test("a text ends with an end-of-text token, and where a stage has no law", async () => {
    const ends = exactChain([proposing({ end: [0], maxTokens: 3 })], () => lawFrom(0.5, 0.5), { maxTokens: 2 })
    expect((await run(ends)).outcomes).toEqual([
      { value: [0], probability: 0.5 },
      { value: [1, 0], probability: 0.25 },
      { value: [1, 1], probability: 0.25 }
    ])
    const lawless = exactChain(
      [proposing(text(3))],
      (_, { length }) => (length < 1 ? lawFrom(1, 0) : undefined),
      text(3)
    )
    expect((await run(lawless)).outcomes).toEqual([{ value: [0], probability: 1 }])
  })

  test("what a stage refuses is an error, and so are too many states", async () => {
    const liar: StageMachine = () => ({
      init: 0,
      step: () => [0, { _tag: "Emit", drafted: [{ token: 1, law: lawFrom(1, 0) }], completion: [1], rewind: false }]
    })
    const check = verifying({ ...text(2), draftLength: 1, rule: verifiers.block.rule, bonus: true })
    expect(await failure(exactChain([liar, check], () => lawFrom(0.5, 0.5), text(2)))).toMatchObject({
      _tag: "StageError",
      message: "Cannot verify token 1: the law it is said to be drawn from excludes it"
    })
    const many = exactChain([proposing(text(9))], () => lawFrom(0.5, 0.5), { maxTokens: 9, maxStates: 20 })
    expect(await failure(many)).toMatchObject({
      _tag: "TooManyPaths",
      message: "Cannot enumerate a chain with more than 20 states"
    })
  })

  test("races: equal laws at one place agree, also when one is asked again; others are independent", async () => {
    const lawOf = (same: boolean) => (stage: number) => (stage === 0 || same ? lawFrom(0.5, 0.5) : lawFrom(0.25, 0.75))
    const rule = verifiers.coupled.rule
    const kept = async (same: boolean) => {
      const blocks: Array<number> = []
      const counting = verifying({
        ...text(1),
        draftLength: 1,
        bonus: false,
        rule: (block, ask) => {
          const verdict = rule(block, ask)
          blocks.push(verdict.kept)
          return verdict
        }
      })
      const got = await run(exactChain([proposing({ ...text(1), by: "race" }), counting], lawOf(same), text(1)))
      expect(distance(keyed(got), keyed(plainLaw(() => lawOf(same)(1), text(1))))).toBeLessThan(1e-12)
      return blocks
    }
    expect(await kept(true)).toEqual([1, 1])
    expect((await kept(false)).sort()).toEqual([0, 0, 1, 1])
  })
})

describe("races are remembered", () => {
  /** Pulls two drafts, gives the first, begins again, and says of the second whether it came again. */
  const again: StageMachine<{ readonly held: ReadonlyArray<number>; readonly before: number | undefined }> = () => ({
    init: { held: [], before: undefined },
    step(state, reply) {
      const held = reply._tag === "Pulled" ? [...state.held, reply.drafted[0]!.token] : state.held
      if (state.before === undefined) {
        if (held.length < 2) return [{ ...state, held }, { _tag: "Pull" }]
        const emit = {
          _tag: "Emit",
          drafted: [{ token: 9, law: lawFrom(1) }],
          completion: [held[0]!],
          rewind: true
        } as const
        return [{ held: [], before: held[1] }, emit]
      }
      if (held.length < 1) return [state, { _tag: "Pull" }]
      const token = held[0] === state.before ? 1 : 0
      return [
        state,
        { _tag: "Emit", drafted: [{ token, law: lawFrom(1) }], completion: [held[0]!, token], rewind: true }
      ]
    }
  })
  test("where nothing is out yet: what is drafted again comes again", async () => {
    const chain = [proposing({ ...text(9), by: "race" }), again]
    const got = await run(exactChain(chain, () => lawFrom(0.5, 0.5), { maxTokens: 2 }))
    expect(got.outcomes).toEqual([{ value: [9, 1], probability: 1 }])
    const drawn = await run(exactChain([proposing(text(9)), again], () => lawFrom(0.5, 0.5), { maxTokens: 2 }))
    expect(drawn.outcomes.map(({ probability }) => probability)).toEqual([0.5, 0.5])
  })
  test("and no longer: behind what is out, two runs that drafted otherwise are one", async () => {
    const rules = { ...text(2), draftLength: 1, rule: verifiers.coupled.rule, bonus: false }
    const laws = [lawFrom(0.5, 0.5), lawFrom(0.25, 0.75)]
    const chain = [proposing({ ...text(2), by: "race" }), verifying(rules)]
    const { states } = await run(exactChain(chain, (stage) => laws[stage]!, text(2)))
    // the beginning, the draft's law, two drafts; behind each of two texts, kept or replaced: that twice
    expect(states).toBe(1 + 1 + 2 + 4 * 4)
  })
})

test("it finds the law that following every path of the streams finds (property)", async () => {
  const size = 3
  const each = <A>(of: fc.Arbitrary<A>, length: number) => fc.array(of, { minLength: length, maxLength: length })
  await fc.assert(
    fc.asyncProperty(
      each(each(law(size), size + 1), 2),
      fc.constantFrom("rejection" as const, "block" as const, "coupled" as const),
      fc.integer({ min: 1, max: 2 }),
      fc.boolean(),
      fc.constantFrom("right", "keeps all", "redraws") as fc.Arbitrary<"right" | "keeps all" | "redraws">,
      async (laws, verifier, draftLength, bonus, what) => {
        const next = laws.map(
          (rows) => (completion: ReadonlyArray<number>) => lawFrom(...rows[(completion.at(-1) ?? -1) + 1]!)
        )
        const { by, rule: own } = verifiers[verifier]
        const rule: typeof own = (block, ask) => {
          const verdict = own(block, ask)
          if (what === "right" || verdict.kept === block.drafts.length) return verdict
          // wrong ones too: the two have to agree on what is wrong
          if (what === "keeps all") return { kept: block.drafts.length, next: undefined }
          return { ...verdict, next: ask.draw(block.position + verdict.kept, block.laws[verdict.kept]!.probs) }
        }
        const chain = [proposing({ ...text(2), by }), verifying({ ...text(2), draftLength, rule, bonus })]
        const merged = await run(exactChain(chain, (stage, completion) => next[stage]!(completion), text(2)))
        const targets = () => next.map((one) => targetOf(one, text(2)))
        const stream = streamed({ targets, draftLengths: [draftLength], verifier, rule, bonus: [bonus] })
        const followed = await run(exactLaw(stream))
        expect(distance(keyed(merged), keyed(followed))).toBeLessThan(1e-12)
        expect(merged.paths).toBeLessThanOrEqual(followed.paths * 20)
      }
    ),
    settled(60)
  )
}, 60_000)

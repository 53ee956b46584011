import { afterAll, describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { proposing } from "../../src/sampling/propose.ts"
import { type Verifier, verifiers } from "../../src/speculation/verifier.ts"
import { verifying } from "../../src/speculation/verifying.ts"
import { exactChain } from "../../src/testing/exact_chain.ts"
import { distance, exactLaw, keyed, TooManyPaths } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { law } from "../support/arbitraries.ts"
import { type Case, cases, machines, ready, run, settled, tally } from "./cases.ts"
import { lawFrom, streamed, tableLaw, targetOf } from "./tables.ts"

const merged = tally("states")
const followed = tally("paths")
let worst = 0
const expectNear = (self: ReadonlyMap<string, number>, that: ReadonlyMap<string, number>) => {
  worst = Math.max(worst, distance(self, that))
  expect(distance(self, that)).toBeLessThan(1e-10)
}
afterAll(() => {
  console.log(`exact law, decisions of the stages with equal states merged: ${merged.line()}`)
  console.log(`exact law, streams of the stages path by path: ${followed.line()}`)
  console.log(`exact law, largest TV from plain sampling: ${worst.toExponential(1)}`)
})

/** What a case gives; a case that is too large is skipped. */
const orSkip = async <A>(law: Effect.Effect<A, unknown>, skip: () => void): Promise<A> => {
  const result = await Effect.runPromise(Effect.result(law))
  if (Result.isSuccess(result)) return result.success
  const tooMany = result.failure instanceof TooManyPaths
  if (tooMany) skip()
  fc.pre(!tooMany)
  throw result.failure
}

const verifierNames = ["rejection", "block", "coupled"] as const

describe("stages over the partial formulas of a plan follow the law of the whole formula by hand (property)", () => {
  const byMachines = async (given: Case) => {
    const one = await Effect.runPromise(ready(given))
    fc.pre(one !== undefined)
    const options = { maxTokens: one.maxTokens, maxStates: 3_000 }
    const law = await orSkip(exactChain(machines(one), one.lawOf, options), merged.skip)
    merged.add(law.states, one.layers.length, one.lawless)
    expectNear(keyed(law), one.expected)
  }
  const byStreams = async (given: Case) => {
    const one = await Effect.runPromise(ready(given))
    fc.pre(one !== undefined)
    const law = await orSkip(exactLaw(run(one), { maxPaths: 1_000 }), followed.skip)
    followed.add(law.paths, one.layers.length, one.lawless)
    expectNear(keyed(law), one.expected)
  }
  for (const verifier of verifierNames) {
    test(`${verifier}: as machines, 2 to 5 tokens, texts of 2 to 4, 2 to 5 stages`, () => {
      const sizes = { verifier, size: [2, 5], maxTokens: [2, 4], minLayers: 2 } as const
      return fc.assert(fc.asyncProperty(cases(sizes), byMachines), settled(80))
    }, 120_000)
    test(`${verifier}: as streams, 2 or 3 tokens, texts of 2 or 3, 2 to 5 stages`, () => {
      const sizes = { verifier, size: [2, 3], maxTokens: [2, 3], maxDraftLength: 3, minLayers: 2 } as const
      return fc.assert(fc.asyncProperty(cases(sizes), byStreams), settled(50))
    }, 120_000)
  }
  test("formulas that make one stage only", () => {
    const sizes = { verifier: "block", size: [2, 4], maxTokens: [2, 4], maxModels: 3 } as const
    return fc.assert(fc.asyncProperty(cases(sizes), byMachines), settled(40))
  }, 120_000)
})

/** Stages whose laws have nothing to do with one another, some of which have no law behind some texts. */
const raw = fc.tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 2, max: 5 })).chain(([size, stages]) => {
  const each = <A>(of: fc.Arbitrary<A>, length: number) => fc.array(of, { minLength: length, maxLength: length })
  const probs = law(size)
  const draft = fc.option(probs, { nil: undefined, freq: 8 })
  return fc.record({
    size: fc.constant(size),
    // by the last token, and one before any
    laws: fc.tuple(each(each(draft, size + 1), stages - 1), each(probs, size + 1)),
    draftLengths: each(fc.integer({ min: 1, max: 4 }), stages - 1),
    bonus: each(fc.boolean(), stages - 1),
    ends: fc.boolean(),
    maxTokens: fc.integer({ min: 1, max: 4 }),
    // how far the windows of drafts reach
    rooms: each(fc.oneof({ weight: 3, arbitrary: fc.constant(4) }, fc.integer({ min: 0, max: 3 })), stages - 1)
  })
})
type Raw = typeof raw extends fc.Arbitrary<infer A> ? A : never

describe("stages over any laws follow the last one (property)", () => {
  const lawsBy = ({ laws: [drafts, last] }: Raw) =>
    [...drafts, last].map((rows) => (completion: ReadonlyArray<number>) => {
      const probs = rows[(completion.at(-1) ?? -1) + 1]
      return probs && lawFrom(...probs)
    })
  const target =
    ({ laws: [, last] }: Raw) =>
    (completion: ReadonlyArray<number>) => ({ probs: last[(completion.at(-1) ?? -1) + 1]! })
  const textsBy = ({ ends, maxTokens, rooms }: Raw) =>
    [...rooms, maxTokens].map((room) => ({ end: ends ? [0] : [], maxTokens: Math.min(room, maxTokens) }))
  const isLawless = ({ laws: [drafts] }: Raw) => drafts.some((rows) => rows.includes(undefined))
  for (const verifier of verifierNames) {
    test(`${verifier}: as machines`, () => {
      const holds = async (given: Raw) => {
        const { bonus, draftLengths, maxTokens } = given
        const laws = lawsBy(given)
        const [first, ...texts] = textsBy(given)
        const { by, rule } = verifiers[verifier]
        const chain = [
          proposing({ ...first!, by }),
          ...draftLengths.map((draftLength, i) => verifying({ ...texts[i]!, draftLength, rule, bonus: bonus[i]! }))
        ]
        const options = { maxTokens, maxStates: 2_000 }
        const law = await orSkip(
          exactChain(chain, (stage, completion) => laws[stage]!(completion), options),
          merged.skip
        )
        merged.add(law.states, chain.length, isLawless(given))
        expectNear(keyed(law), keyed(plainLaw(target(given), texts.at(-1)!)))
      }
      return fc.assert(fc.asyncProperty(raw, holds), settled(100))
    }, 120_000)
    test(`${verifier}: as streams`, () => {
      const holds = async (given: Raw) => {
        const { bonus, draftLengths } = given
        const texts = textsBy(given)
        const targets = () => lawsBy(given).map((law, i) => targetOf(law, texts[i]!))
        const run = streamed({ targets, draftLengths, bonus, verifier })
        const law = await orSkip(exactLaw(run, { maxPaths: 500 }), followed.skip)
        followed.add(law.paths, draftLengths.length + 1, isLawless(given))
        expectNear(keyed(law), keyed(plainLaw(target(given), texts.at(-1)!)))
      }
      return fc.assert(fc.asyncProperty(raw, holds), settled(40))
    }, 120_000)
  }
})

/** Laws of stages over `size` tokens that have little in common; the last stages find some tokens impossible. */
const lawsOf = (stages: number, size: number) =>
  Array.from({ length: stages }, (_, stage) =>
    tableLaw(
      Array.from({ length: size }, (_, last) =>
        Array.from({ length: size }, (_, token) =>
          stage === stages - 1 && token === (last + 1) % size && size > 2
            ? Number.NEGATIVE_INFINITY
            : 1.5 * Math.sin(1 + stage * 7 + last * 3 + token * 1.3)
        )
      ),
      { presencePenalty: 0.4 }
    )
  )

const full = [
  // tokens, stages, draft length, texts
  [5, 2, 4, 4],
  [5, 3, 2, 4],
  [4, 4, 3, 4],
  [3, 5, 4, 4],
  [2, 5, 4, 5]
] as const

describe("full size, equal states merged", () => {
  for (const verifier of ["rejection", "block"] as const) {
    for (const bonus of [true, false]) {
      test.each(full)(
        `${verifier} ${bonus ? "with" : "without"} bonus tokens: %i tokens, %i stages, draft length %i, texts of %i`,
        async (size, stages, draftLength, maxTokens) => {
          const laws = lawsOf(stages, size)
          const text = { end: [], maxTokens }
          const { by, rule } = verifiers[verifier]
          const chain = laws.map((_, i) =>
            i === 0 ? proposing({ ...text, by }) : verifying({ ...text, draftLength, rule, bonus })
          )
          const law = await Effect.runPromise(
            exactChain(chain, (stage, completion) => laws[stage]!(completion), { maxTokens })
          )
          merged.add(law.states, stages)
          expectNear(keyed(law), keyed(plainLaw(laws.at(-1)!, text)))
        },
        60_000
      )
    }
  }
  test.each([
    [3, 2, 4, 4],
    [3, 3, 2, 3],
    [2, 4, 3, 3]
  ])(
    "coupled: %i tokens, %i stages, draft length %i, texts of %i",
    async (size, stages, draftLength, maxTokens) => {
      const laws = lawsOf(stages, size)
      const text = { end: [], maxTokens }
      const { by, rule } = verifiers.coupled
      const chain = laws.map((_, i) =>
        i === 0 ? proposing({ ...text, by }) : verifying({ ...text, draftLength, rule, bonus: true })
      )
      const law = await Effect.runPromise(
        exactChain(chain, (stage, completion) => laws[stage]!(completion), { maxTokens })
      )
      merged.add(law.states, stages)
      expectNear(keyed(law), keyed(plainLaw(laws.at(-1)!, text)))
    },
    60_000
  )
})

/** Tokens, stages, draft length, texts; the largest have too many paths under some verifiers. */
const followable: Record<Verifier, ReadonlyArray<readonly [number, number, number, number]>> = {
  rejection: [
    [3, 2, 3, 4],
    [3, 3, 2, 3],
    [2, 5, 2, 3]
  ],
  block: [
    [3, 2, 3, 4],
    [3, 3, 2, 3],
    [2, 4, 2, 3]
  ],
  coupled: [
    [3, 2, 3, 4],
    [3, 3, 2, 3],
    [2, 4, 2, 3]
  ]
}

describe("full size, the streams path by path", () => {
  for (const verifier of verifierNames) {
    test.each([[3, 2, 2, 3] as const, [2, 5, 1, 2] as const, [5, 2, 2, 3] as const, ...followable[verifier]])(
      `${verifier}: %i tokens, %i stages, draft length %i, texts of %i`,
      async (size, stages, draftLength, maxTokens) => {
        const laws = lawsOf(stages, size)
        const text = { end: [], maxTokens }
        const draftLengths = laws.slice(1).map(() => draftLength)
        const run = streamed({ targets: () => laws.map((law) => targetOf(law, text)), draftLengths, verifier })
        const law = await Effect.runPromise(exactLaw(run, { maxPaths: 20_000 }))
        followed.add(law.paths, stages)
        expectNear(keyed(law), keyed(plainLaw(laws.at(-1)!, text)))
      },
      60_000
    )
  }
})

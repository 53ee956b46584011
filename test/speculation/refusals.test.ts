import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Formula, Generation, LanguageModel, Sampling, Speculation } from "polylogit"
import { failure } from "../support/run.ts"

const table = (rows: ReadonlyArray<ReadonlyArray<number>>): Formula.Formula => Formula.model(LanguageModel.table(rows))
const draft = table([
  [0, 1],
  [1, 0]
])
const whole = table([
  [0.5, 0],
  [0, 0.2]
])
const formula = Formula.supersede(draft, whole)
const options = { chance: Sampling.seeded(1), sequence: 0, stage: 1 }
const half: Sampling.Law = { probs: Float64Array.of(0.5, 0.5), scores: Float64Array.of(0, 0), logZ: Math.LN2 }
const fair: Sampling.Target<never> = {
  end: [],
  maxTokens: 6,
  laws: ({ completion }, from) => Effect.succeed(Array.from({ length: completion.length - from + 1 }, () => half))
}
const drafts: Sampling.Stage<never> = () => Stream.make({ token: 0, law: half }, { token: 1, law: half })
const from = { prompt: [0], completion: [] }

describe("what a stage cannot go on from is refused in words", () => {
  test("a draft length that is none, when the stage is made", () => {
    for (const length of [0, -1, 1.5, Number.NaN]) {
      expect(() => Speculation.verify(fair, length, options)(drafts)).toThrow(
        new RangeError(`Cannot draft ${length} tokens: a draft length is a whole number from 1 on`)
      )
    }
  })
  test("a rule that keeps nothing and gives nothing", async () => {
    const stage = Speculation.verify(fair, 1, { ...options, rule: () => ({ kept: 0, next: undefined }) })(drafts)
    expect(await failure(Stream.runDrain(stage(from)))).toMatchObject({
      _tag: "StageError",
      message: "Cannot go on from a rule that keeps no draft and gives no token in its place"
    })
  })
  test("drafts without a law", async () => {
    const bare = (() => Stream.make({ token: 0 })) as unknown as Sampling.Stage<never>
    const stage = Speculation.verify(fair, 1, options)(bare)
    expect(await failure(Stream.runDrain(stage(from)))).toMatchObject({
      _tag: "StageError",
      message: "Cannot verify drafts that come without their law"
    })
  })
  test("options that are not plain data are named, not printed", async () => {
    const cyclic: Record<string, unknown> = {}
    cyclic.itself = cyclic
    const speculate = { order: [cyclic], draftLengths: [] }
    const error = await failure(Stream.runDrain(Generation.events(formula, { prompt: [0], speculate } as never)))
    expect(error).toMatchObject({ _tag: "OptionsError" })
    expect(error.message).toContain("something that is not plain data")
  })
})

test("a target that gives more laws than were asked for gets no token more", async () => {
  const generous: Sampling.Target<never> = {
    ...fair,
    laws: (context, at) => Effect.map(fair.laws(context, at), (laws) => [...laws, half, half])
  }
  const stage = Speculation.verify(generous, 2, { ...options, bonus: false })(() =>
    Stream.fromIterable(Array.from({ length: 9 }, () => ({ token: 1, law: half })))
  )
  const all = await Effect.runPromise(Stream.runCollect(stage(from)))
  expect(all.map(({ origin }) => origin)).not.toContain("bonus")
  expect(all).toHaveLength(6)
})

test("the plan of a run without speculation replays it, also where a draft stands before its terms", async () => {
  const run = async (speculate: Generation.GenerationOptions["speculate"]) => {
    const given = { prompt: [0], maxTokens: 12, seed: 3, ...(speculate && { speculate }) }
    const all = await Effect.runPromise(Stream.runCollect(Generation.events(formula, given)))
    const { statistics } = all.at(-1) as Generation.Finished
    return { tokens: all.flatMap((event) => (event._tag === "Token" ? [event.token] : [])), plans: statistics.plans }
  }
  const off = await run(undefined)
  expect(off.plans).toEqual([{ at: 0, order: [[2]], draftLengths: [] }])
  expect(await run(off.plans)).toEqual(off)
})

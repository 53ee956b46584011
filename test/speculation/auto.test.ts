import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Embedded, Formula, Generation, LanguageModel } from "polylogit"
import { distance, exactLaw } from "polylogit/testing"
import { prepare } from "../../src/formula/prepare.ts"
import { rowMemory } from "../../src/formula/row_memory.ts"
import { CurrentChance } from "../../src/sampling/chance.ts"
import { auto } from "../../src/speculation/auto.ts"
import { CalibrationCache, storeInMemory } from "../../src/speculation/calibration.ts"
import { course } from "../../src/speculation/course.ts"
import { Experiences } from "../../src/speculation/experience.ts"
import { layers } from "../../src/speculation/layers.ts"
import type { Leg } from "../../src/speculation/leg.ts"
import type { Choose } from "../../src/speculation/pilot.ts"
import { planReport } from "../../src/speculation/plan_report.ts"
import { fakeMachine } from "./fake_machine.ts"

/** Nothing is known from other tests. */
const anew = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provideService(CalibrationCache, storeInMemory()), Effect.provideService(Experiences, new Map()))

const finished = (all: ReadonlyArray<Generation.Event>) =>
  all.flatMap((event) => (event._tag === "Finished" ? [event.statistics] : []))
const tokens = (all: ReadonlyArray<Generation.Event>, sequence = 0) =>
  all.flatMap((event) => (event._tag === "Token" && event.sequence === sequence ? [event.token] : []))

/** Logits of 8 tokens behind a token, not far from `near`'s for the same seed. */
const rows =
  (seed: number, apart = 0) =>
  (context: ReadonlyArray<number>) =>
    Array.from({ length: 8 }, (_, token) => {
      const last = context.at(-1)!
      return 2 * Math.sin(7 * last + 3 * token + seed) + apart * Math.sin(5 * last + 11 * token)
    })

/** A machine with an expensive model under two prompts, and a draft that is cheap. */
const world = (options: { readonly draft: number; readonly apart: number; readonly position: number }) => {
  const machine = fakeMachine()
  const big = machine.model("big", rows(1), (sequences, positions) => 30 + sequences + options.position * positions)
  const small = machine.model("small", rows(1, options.apart), (_, positions) => options.draft * positions)
  const formula = Formula.supersede(Formula.model(small), Formula.model(big))
  const write = (given: Generation.GenerationOptions) =>
    Stream.runCollect(Generation.events(formula, { prompt: [0], maxTokens: 192, ...given }))
  return { machine, formula, write }
}

describe("the planner on a machine whose time passes only in runs", () => {
  test("speculates where a draft is cheap and good, and is as fast as the best fixed plan", async () => {
    const { machine, write } = world({ draft: 0.1, apart: 0.3, position: 1 })
    const time = async (speculate: NonNullable<Generation.GenerationOptions["speculate"]>) => {
      const all = await machine.run(
        Effect.forEach([1, 2, 3, 4], (seed) => write({ seed, verifier: "block", speculate }))
      )
      return all.flatMap(finished).reduce((sum, { milliseconds, tokens }) => sum + milliseconds / tokens / 4, 0)
    }
    const fixed = []
    for (const length of [1, 2, 4, 6, 8, 12]) fixed.push(await time({ order: [[1], [2]], draftLengths: [length] }))
    const off = await time("off")
    const own = await machine.run(
      anew(Effect.forEach([1, 2, 3, 4], (seed) => write({ seed, verifier: "block", speculate: "auto" })))
    )
    const ms = own.flatMap(finished).reduce((sum, { milliseconds, tokens }) => sum + milliseconds / tokens / 4, 0)
    expect(ms).toBeLessThan(0.5 * off)
    // the first tokens of the first run are without speculation
    expect(Math.min(off, ...fixed) / ms).toBeGreaterThan(0.9)
  })

  test("does not where drafts are bad, and stays as fast as without", async () => {
    const { machine, write } = world({ draft: 20, apart: 4, position: 1 })
    const [off] = finished(await machine.run(write({ seed: 1 })))
    const [own] = finished(await machine.run(anew(write({ seed: 1, speculate: "auto" }))))
    expect(off!.milliseconds / own!.milliseconds).toBeGreaterThan(0.9)
    expect(own!.plans.at(-1)!.order).toEqual([[2]])
  })

  test("leaves a plan that is slower than expected", async () => {
    // after calibrating, runs of several positions cost much more
    let calibrated = false
    const machine = fakeMachine()
    const big = machine.model(
      "big",
      rows(1),
      (_, positions) => 30 + positions * (calibrated && positions > 1 ? 100 : 1)
    )
    const small = machine.model("small", rows(1, 0.3), (_, positions) => 0.1 * positions)
    const formula = Formula.supersede(Formula.model(small), Formula.model(big))
    const store = storeInMemory()
    const own = await machine.run(
      Effect.gen(function* () {
        const prepared = yield* prepare(formula, { drafts: true })
        yield* auto(prepared, { sampling: {}, promptTokens: [], maxTokens: 9, verifier: "block", count: 1 })
        calibrated = true
        return yield* Stream.runCollect(
          Generation.events(formula, { prompt: [0], maxTokens: 256, speculate: "auto", seed: 1, verifier: "block" })
        )
      }).pipe(Effect.provideService(CalibrationCache, store), Effect.provideService(Experiences, new Map()))
    )
    const { plans } = finished(own)[0]!
    expect(plans.some(({ order }) => order.length > 1)).toBe(true)
    const away = plans.findIndex(({ order }, i) => i > 0 && order.length === 1)
    expect(away).toBeGreaterThan(0)
    expect(plans[away]!.at).toBeLessThan(120)
  })

  test("tells what calibrating and planning took, apart; the second run need not calibrate", async () => {
    const { machine, write } = world({ draft: 0.1, apart: 0.3, position: 1 })
    const [first, second] = (
      await machine.run(anew(Effect.forEach([1, 2], (seed) => write({ seed, speculate: "auto" }))))
    ).flatMap(finished)
    expect(first!.planner!.calibration).toBeGreaterThan(0)
    expect(second!.planner!.calibration).toBe(0)
    expect(first!.planner!.planning).toBeGreaterThanOrEqual(0)
    expect(first!.milliseconds).toBeLessThan(192 * 33)
    const [off] = finished(await machine.run(write({ seed: 1 })))
    expect(off!.planner).toBeUndefined()
  })

  test("texts side by side stay in step: no more runs than without a planner", async () => {
    const { machine, write } = world({ draft: 20, apart: 4, position: 1 })
    const off = await machine.run(write({ seed: 1, count: 4, verifier: "coupled" }))
    const own = await machine.run(anew(write({ seed: 1, count: 4, speculate: "auto" })))
    for (const sequence of [0, 1, 2, 3]) expect(tokens(own, sequence)).toEqual(tokens(off, sequence))
    const last = (all: typeof off) => Math.max(...finished(all).map(({ milliseconds }) => milliseconds))
    expect(last(off) / last(own)).toBeGreaterThan(0.85)
  })
})

describe("replaying", () => {
  test("the plans of a run give its text again, with the seed and the verifier that it tells", async () => {
    const { machine, write } = world({ draft: 0.1, apart: 1, position: 1 })
    for (const verifier of ["block", "rejection", "coupled"] as const) {
      const first = await machine.run(anew(write({ verifier, speculate: "auto", count: 2 })))
      for (const event of first) {
        if (event._tag !== "Finished") continue
        const { sequence, statistics } = event
        const { plans, seed } = statistics
        expect(plans.length).toBeGreaterThan(1)
        const again = await machine.run(write({ verifier, seed, speculate: plans, count: 2 }))
        expect(tokens(again, sequence)).toEqual(tokens(first, sequence))
      }
    }
  })

  test("with a user's seed the text is that without speculation", async () => {
    const { machine, write } = world({ draft: 0.1, apart: 1, position: 1 })
    const own = await machine.run(anew(write({ seed: 5, speculate: "auto" })))
    expect(finished(own)[0]!.verifier).toBe("coupled")
    const plain = await machine.run(write({ seed: 5, verifier: "coupled" }))
    expect(tokens(own)).toEqual(tokens(plain))
  })
})

describe("the law", () => {
  const a = LanguageModel.table([
    [0.3, -0.2, 1],
    [0, 0.7, -1],
    [1, 1, 0.5]
  ])
  const b = LanguageModel.table([
    [-1, 0.4, 0],
    [0.2, 0.2, 2],
    [0, -0.5, 0.1]
  ])
  const formula = Formula.model(a).pipe(Formula.add(Formula.scale(Formula.model(b), 0.5)))
  const key = (text: ReadonlyArray<number>) => text.join()
  const toMap = (law: { readonly outcomes: ReadonlyArray<{ value: ReadonlyArray<number>; probability: number }> }) =>
    new Map(law.outcomes.map(({ probability, value }) => [key(value), probability]))
  const maxTokens = 3
  const plain = Effect.map(Stream.runCollect(Generation.events(formula, { prompt: [0], maxTokens })), (all) =>
    tokens(all)
  )

  /** A text that goes by plans which `decide` switches between. */
  const flown = (decide: (legs: ReadonlyArray<Leg>) => Choose) =>
    Effect.gen(function* () {
      const prepared = yield* prepare(formula, { drafts: true })
      const plans = [
        { order: [[1, 2]], draftLengths: [] },
        { order: [[1], [2]], draftLengths: [2], bonus: [true] },
        { order: [[2], [1]], draftLengths: [1], bonus: [false] }
      ]
      const legs = plans.map((plan) => ({ plan, layers: Result.getOrThrow(layers(prepared, plan)) }))
      const chance = (yield* CurrentChance)(0)
      const { stage } = course(decide(legs), {
        sampling: {},
        promptTokens: [0],
        maxTokens,
        chance,
        sequence: 0,
        memory: rowMemory(32),
        verifier: "block"
      })
      const all = yield* Stream.runCollect(stage({ prompt: [0], completion: [] }))
      return all.map(({ token }) => token)
    })

  test("is the formula's, whoever chooses the plans by the text", async () => {
    const expected = toMap(await Effect.runPromise(exactLaw(plain, { key })))
    const choices: ReadonlyArray<(text: ReadonlyArray<number>) => number> = [
      (text) => text.length % 3,
      (text) => (text.at(-1) ?? 0) % 3,
      (text) => (text.at(-1) === 2 ? 1 : 2)
    ]
    for (const choice of choices) {
      const run = flown((legs) => (text) => legs[choice(text)]!)
      const law = toMap(await Effect.runPromise(exactLaw(run, { key, maxPaths: 100_000 })))
      expect(distance(law, expected)).toBeLessThan(1e-10)
    }
  })

  test("is the formula's where plans change by what became of drafts, as long as none is held", async () => {
    const expected = toMap(await Effect.runPromise(exactLaw(plain, { key })))
    const run = flown((legs) => {
      let next = 1
      const learn: Choose["learn"] = ({ acceptance, drafted }) =>
        Effect.sync(() => {
          // the planner's rule, and the strangest of decisions
          if (drafted.at(-1)!.origin !== "kept") next = (acceptance[0]?.drafted ?? 0) % 3
        })
      return Object.assign(() => legs[next]!, { learn })
    })
    const law = toMap(await Effect.runPromise(exactLaw(run, { key, maxPaths: 100_000 })))
    expect(distance(law, expected)).toBeLessThan(1e-10)
  })
})

test("a formula of one term, and one whose models cannot be measured, are written without speculation", async () => {
  const fussy = LanguageModel.fromFunction(3, (context) => {
    if (context.length > 9) throw new Error("too long for me")
    return [0, 1, context.length % 2]
  })
  const one = Formula.model(
    LanguageModel.table([
      [0, 1],
      [1, 0]
    ])
  )
  const two = Formula.model(fussy).pipe(Formula.add(Formula.model(LanguageModel.uniform(3))))
  for (const formula of [one, two]) {
    const all = await Effect.runPromise(
      anew(Stream.runCollect(Generation.events(formula, { prompt: [0], maxTokens: 4, speculate: "auto" })))
    )
    expect(finished(all)[0]!.plans.length).toBe(1)
    expect(tokens(all).length).toBe(4)
  }
})

test("a term that is no model takes part", async () => {
  const machine = fakeMachine()
  const big = machine.model("big", rows(1), (_, positions) => 30 + positions)
  const stream = Formula.stream("flat", (contexts) => Stream.map(contexts, () => new Float32Array(8)))
  const formula = Formula.model(big).pipe(Formula.add(Formula.scale(stream, 0.1)))
  const all = await machine.run(
    anew(Stream.runCollect(Generation.events(formula, { prompt: [0], maxTokens: 40, speculate: "auto", seed: 1 })))
  )
  const plain = await machine.run(
    Stream.runCollect(Generation.events(formula, { prompt: [0], maxTokens: 40, seed: 1, verifier: "coupled" }))
  )
  expect(tokens(all)).toEqual(tokens(plain))
})

test("planReport says what the planner goes by", async () => {
  const { formula, machine } = world({ draft: 0.1, apart: 0.3, position: 1 })
  const report = await machine.run(
    anew(
      Effect.flatMap(prepare(formula, { drafts: true }), (prepared) =>
        planReport(prepared, {
          prompt: [0],
          promptTokens: [0],
          seed: 1,
          sampling: {},
          maxTokens: 64,
          verifier: "block",
          count: 1
        })
      )
    )
  )
  expect(report.terms.map(({ model }) => model)).toEqual(["small", "big"])
  expect(report.models.map(({ terms }) => terms)).toEqual([[1], [2]])
  expect(report.models[1]!.runs.find(({ positions }) => positions === 4)!.milliseconds).toBeCloseTo(35, 6)
  expect(report.acceptance).toHaveLength(1)
  expect(report.acceptance[0]!.acceptance).toBeGreaterThan(0.7)
  expect(report.chosen.plan.order).toEqual([[1], [2]])
  expect(report.candidates.map(({ plan }) => plan.order)).toContainEqual([[2]])
  expect(report.calibration).toBeGreaterThan(0)
  expect(JSON.parse(JSON.stringify(report)).tokens).toBe(24)
})

test("it runs end to end on the embedded models", async () => {
  const formula = Formula.supersede(Formula.model("tales-ngram"), Formula.prompt("A fairy tale.")).pipe(
    Formula.add(Formula.scale(Formula.prompt("A ghost story."), 0.5))
  )
  const write = (options: Generation.GenerationOptions) =>
    Stream.runCollect(Generation.events(formula, { maxTokens: 48, ...options }))
  const [own, again] = await Effect.runPromise(
    anew(
      Effect.gen(function* () {
        const own = yield* write({ speculate: "auto", verifier: "block" })
        const { plans, seed } = finished(own)[0]!
        return [own, yield* write({ speculate: plans, seed, verifier: "block" })] as const
      })
    ).pipe(Effect.provide(Embedded.layer))
  )
  expect(tokens(own).length).toBeGreaterThan(0)
  expect(finished(own)[0]!.planner!.calibration).toBeGreaterThan(0)
  // rows of other batches differ by rounding, so that a token may: the text begins alike
  expect(tokens(again).slice(0, 8)).toEqual(tokens(own).slice(0, 8))
}, 60_000)

import { describe, expect, test } from "bun:test"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type { Formula } from "../../src/formula/formula.ts"
import { model } from "../../src/formula/leaves.ts"
import { add, supersede } from "../../src/formula/operators.ts"
import { stream } from "../../src/formula/stream_leaf.ts"
import { events } from "../../src/generation/generate.ts"
import type { GenerationOptions } from "../../src/generation/options.ts"
import { make } from "../../src/model/language_model.ts"
import { fromFunction, table } from "../../src/model/table.ts"
import { type Chance, type Place, seeded } from "../../src/sampling/chance.ts"
import { propose } from "../../src/sampling/propose.ts"
import type { Stage } from "../../src/sampling/stage.ts"
import type { Drafted } from "../../src/sampling/stage_machine.ts"
import { verify } from "../../src/speculation/verify.ts"
import { untokenized } from "../../src/vocabulary/vocabulary.ts"
import { collect, failure } from "../support/run.ts"
import { lawFrom, targetOf } from "./tables.ts"

const rows = [
  [0, 1, 0.5],
  [1, 0, 0.2],
  [0.3, 0.6, 0]
]
const good = model(table(rows, { name: "good" }))
const two = { order: [1, 2], draftLengths: [2] }
const drained = (formula: Formula, options: GenerationOptions = {}) =>
  Stream.runDrain(events(formula, { prompt: [0], maxTokens: 9, seed: 1, speculate: two, ...options }))
const error = (formula: Formula, options?: GenerationOptions) => failure(drained(formula, options))

describe("plans", () => {
  const formula = supersede(good, model(table(rows)))
  test("draft and target over different vocabularies", async () => {
    expect(
      (
        await error(
          supersede(
            model(
              table([
                [0, 1],
                [1, 0]
              ])
            ),
            good
          )
        )
      )._tag
    ).toBe("VocabularyMismatch")
    expect(
      (
        await error(
          supersede(
            good,
            stream(
              "wide",
              Stream.map(() => new Float32Array(7))
            )
          )
        )
      )._tag
    ).toBe("EvaluationError")
  })
  test("draft lengths that cannot be", async () => {
    expect(await error(formula, { speculate: { ...two, draftLengths: [0] } })).toMatchObject({
      _tag: "PlanError",
      message: "Cannot draft 0 tokens: a draft length is a whole number from 1 on"
    })
    const short = supersede(good, model(fromFunction(3, () => [0, 0, 0], { contextLength: 5 })))
    expect(await error(short, { speculate: { ...two, draftLengths: [6] } })).toMatchObject({
      _tag: "PlanError",
      message: "Cannot draft 6 tokens: the context window holds 5"
    })
    await Effect.runPromise(drained(short, { speculate: { ...two, draftLengths: [5] } }))
  })
  test("a term that the formula lacks", async () => {
    expect((await error(formula, { speculate: { ...two, order: [1, "other"] } })).message).toStartWith(
      "Cannot plan with other: the formula has no such term, it has 1. model(<good>), 2. model(<table>)"
    )
  })
  test("something that is no plan", async () => {
    expect(await error(formula, { speculate: { order: [1, 2] } as never })).toMatchObject({ _tag: "OptionsError" })
    expect(await error(formula, { verifier: "best" as never })).toMatchObject({ _tag: "OptionsError" })
  })
})

describe("a user's stream that gives no rows", () => {
  const broken: ReadonlyArray<readonly [string, Formula, string, string]> = [
    ["ends at once", stream("own", () => Stream.empty), "ModelError", "Cannot use the stream own: it gave no row"],
    [
      "ends early",
      stream(
        "own",
        Stream.flatMap(({ completion }) =>
          completion.length < 1 ? Stream.make(Float32Array.of(0, 1, 2)) : Stream.empty
        )
      ),
      "ModelError",
      "Cannot use the stream own: it gave no row"
    ],
    [
      "has rows of another length",
      stream(
        "own",
        Stream.map(() => Float32Array.of(0))
      ),
      "EvaluationError",
      "different lengths"
    ],
    [
      "has NaN in its rows",
      stream(
        "own",
        Stream.map(() => Float32Array.of(0, Number.NaN, 0))
      ),
      "EvaluationError",
      "is not a number"
    ],
    [
      "throws",
      stream("own", () => {
        throw new Error("no luck")
      }),
      "ModelError",
      "no luck"
    ]
  ]
  for (const [what, own, tag, message] of broken) {
    test(`${what}, as a draft, as a target, and in a sum`, async () => {
      for (const formula of [supersede(own, good), supersede(good, own), add(good, own), add(own, good)]) {
        const found = await error(formula)
        expect(found._tag).toBe(tag as typeof found._tag)
        expect(found.message).toContain(message)
      }
    })
  }
})

describe("stages that give what no stage may give", () => {
  const text = { end: [], maxTokens: 4 }
  const options = { chance: seeded(1), sequence: 0, stage: 1 }
  const target = targetOf(() => lawFrom(0.5, 0.5), text)
  const giving =
    (drafted: Drafted): Stage<never> =>
    () =>
      Stream.make(drafted)
  test("a law over other tokens, or a token that its law excludes, is a StageError", async () => {
    const problem = (drafted: Drafted) =>
      failure(Stream.runDrain(verify(target, 1, options)(giving(drafted))({ prompt: [], completion: [] })))
    expect(await problem({ token: 0, law: lawFrom(1) })).toMatchObject({
      _tag: "StageError",
      message: "Cannot verify drafts from a law over 1 tokens: the target's has 2"
    })
    expect(await problem({ token: 1, law: lawFrom(1, 0) })).toMatchObject({ _tag: "StageError" })
    expect(await problem({ token: 0, law: lawFrom(Number.NaN, 0) })).toMatchObject({ _tag: "StageError" })
  })
  test("one that fails fails the chain with its own error, behind what was given before", async () => {
    const failing: Stage<"my own error"> = () =>
      Stream.concat(Stream.make({ token: 0, law: lawFrom(1, 0) }), Stream.fail("my own error" as const))
    const seen: Array<number> = []
    const always = targetOf(() => lawFrom(1, 0), text)
    const stage = verify(always, 1, { ...options, bonus: false })(failing)({ prompt: [], completion: [] })
    expect(await failure(Stream.runForEach(stage, ({ token }) => Effect.sync(() => seen.push(token))))).toBe(
      "my own error"
    )
    expect(seen).toEqual([0])
  })
  test("one that ends early leaves the rest to who checks it", async () => {
    const short: Stage<never> = ({ completion }) =>
      completion.length === 0 ? Stream.make({ token: 0, law: lawFrom(1, 0) }) : Stream.empty
    const always = targetOf(({ length }) => (length === 0 ? lawFrom(1, 0) : lawFrom(0, 1)), text)
    const all = await collect(verify(always, 3, options)(short)({ prompt: [], completion: [] }))
    expect(all.map(({ origin, token }) => `${origin} ${token}`)).toEqual(["kept 0", "bonus 1", "bonus 1", "bonus 1"])
  })
})

describe("a model that fails in the middle", () => {
  /** As `good`, but for contexts of more than so many tokens. */
  const failing = (length: number) =>
    model(
      fromFunction(
        3,
        (context) => {
          if (context.length > length) throw new Error("out of luck")
          return rows[context.at(-1)!]!
        },
        { name: "failing" }
      )
    )
  for (const verifier of ["rejection", "block", "coupled"] as const) {
    test(`${verifier}: a typed error, and what came before stays and is right`, async () => {
      for (const [draft, target] of [
        [failing(5), good],
        [good, failing(5)]
      ] as const) {
        const seen: Array<number> = []
        const all = events(supersede(draft, target), {
          prompt: [0],
          maxTokens: 20,
          seed: 3,
          speculate: { order: [1, 2], draftLengths: [3] },
          verifier
        })
        const found = await failure(
          Stream.runForEach(all, (event) => Effect.sync(() => void (event._tag === "Token" && seen.push(event.token))))
        )
        expect(found).toMatchObject({ _tag: "ModelError", model: "failing" })
        expect(seen.length).toBeGreaterThan(0)
        expect(seen.length).toBeLessThanOrEqual(6)
        if (verifier !== "coupled") continue
        const plain = await collect(events(good, { prompt: [0], maxTokens: 20, seed: 3, verifier }))
        expect(plain.slice(0, seen.length).map((event) => event._tag === "Token" && event.token)).toEqual(seen)
      }
    })
  }
  test("one of two sequences fails, and no other work goes on", async () => {
    const found = await failure(drained(supersede(good, failing(3)), { count: 3 }))
    expect(found._tag).toBe("ModelError")
  })
})

describe("what was opened is closed", () => {
  /** A stage that counts how often it is open. */
  const counted = () => {
    const at: Array<ReadonlyArray<number>> = []
    let [open, most] = [0, 0]
    const stage =
      <E>(inner: Stage<E>): Stage<E> =>
      (from) =>
        Stream.unwrap(
          Effect.as(
            Effect.acquireRelease(
              Effect.sync(() => {
                at.push(from.completion)
                most = Math.max(most, ++open)
              }),
              () => Effect.sync(() => open--)
            ),
            inner(from)
          )
        )
    return { stage, at, open: () => open, most: () => most }
  }
  const text = { end: [], maxTokens: 6 }
  const chance = seeded(2)
  const draft = propose(
    targetOf(() => lawFrom(1, 0), text),
    { chance, sequence: 0, stage: 0 }
  )
  const checked = (own: ReturnType<typeof counted>, law = lawFrom(0, 1), bonus = true) =>
    verify(
      targetOf(() => law, text),
      2,
      { chance, sequence: 0, stage: 1, bonus }
    )(own.stage(draft))({ prompt: [], completion: [] })

  test("the stage above, before it is opened again behind what replaced its drafts", async () => {
    const own = counted()
    expect((await collect(checked(own))).map(({ token }) => token)).toEqual([1, 1, 1, 1, 1, 1])
    // the last token is drawn, not drafted: nothing is opened for it
    expect(own.at).toEqual([[], [1], [1, 1], [1, 1, 1], [1, 1, 1, 1]])
    expect([own.open(), own.most()]).toEqual([0, 1])
  })
  test("not at all while its drafts are kept", async () => {
    const own = counted()
    expect(await collect(checked(own, lawFrom(1, 0), false))).toHaveLength(6)
    expect(own.at).toEqual([[]])
    expect(own.open()).toBe(0)
  })
  test("when whoever takes the tokens has enough", async () => {
    const own = counted()
    await collect(Stream.take(checked(own, lawFrom(1, 0), false), 1))
    expect([own.at.length, own.open()]).toEqual([1, 0])
  })
  test("when the target fails, and when it is interrupted in a call", async () => {
    const own = counted()
    const fails = { ...text, laws: () => Effect.fail("no law" as const) }
    const stage = verify(fails, 2, { chance, sequence: 0, stage: 1 })(own.stage(draft))({ prompt: [], completion: [] })
    expect(await failure(Stream.runDrain(stage))).toBe("no law")
    expect([own.at.length, own.open()]).toEqual([1, 0])

    let interrupted = 0
    const program = Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const waits = {
        ...text,
        laws: () =>
          Effect.andThen(Deferred.succeed(begun, undefined), Effect.never).pipe(
            Effect.onInterrupt(() => Effect.sync(() => interrupted++))
          )
      }
      const stage = verify(waits, 2, { chance, sequence: 0, stage: 1 })(own.stage(draft))({
        prompt: [],
        completion: []
      })
      const fiber = yield* Effect.forkChild(Stream.runDrain(stage))
      yield* Deferred.await(begun)
      expect(own.open()).toBe(1)
      yield* Fiber.interrupt(fiber)
    })
    await Effect.runPromise(program)
    expect([interrupted, own.open()]).toEqual([1, 0])
  })
  test("through several stages", async () => {
    const [first, second] = [counted(), counted()]
    const middle = verify(
      targetOf(() => lawFrom(0.5, 0.5), text),
      2,
      { chance, sequence: 0, stage: 1 }
    )(first.stage(draft))
    const last = verify(
      targetOf(() => lawFrom(0.25, 0.75), text),
      2,
      { chance, sequence: 0, stage: 2 }
    )(second.stage(middle))
    expect(await collect(last({ prompt: [], completion: [] }))).toHaveLength(6)
    expect([first.open(), second.open(), second.most(), first.most()]).toEqual([0, 0, 1, 1])
    expect(first.at.length).toBeGreaterThan(second.at.length)
  })
})

test("questions tell where they are asked: the stage, the position, and how often it was begun again", async () => {
  const asked: Array<string> = []
  const told = (place: Place) =>
    asked.push(`stage ${place.stage} round ${place.round} at ${place.position} of ${place.sequence}`)
  const chance: Chance = {
    draw: (place, probs) => {
      told(place)
      return probs.findIndex((p) => p > 0)
    },
    accept: (place, probability) => {
      told(place)
      return probability === 1
    },
    race: () => 0
  }
  const text = { end: [], maxTokens: 2 }
  const draft = propose(
    targetOf(() => lawFrom(1, 0), text),
    { chance, sequence: 3, stage: 0 }
  )
  const never = verify(
    targetOf(() => lawFrom(0, 1), text),
    1,
    { chance, sequence: 3, stage: 1, verifier: "rejection", bonus: false }
  )
  await collect(never(draft)({ prompt: [], completion: [] }))
  expect(asked).toEqual([
    "stage 0 round 0 at 0 of 3",
    "stage 1 round 0 at 0 of 3",
    "stage 1 round 0 at 0 of 3",
    "stage 0 round 1 at 1 of 3",
    "stage 1 round 0 at 1 of 3",
    "stage 1 round 0 at 1 of 3"
  ])
})

test("a generation that is interrupted in the middle of a block interrupts the call, and what came stays", async () => {
  let interrupted = 0
  const seen: Array<number> = []
  const program = Effect.gen(function* () {
    const begun = yield* Deferred.make<void>()
    let calls = 0
    const slow = make({
      name: "slow",
      vocabulary: untokenized(3),
      contextLength: 99,
      run: (requests) =>
        Effect.suspend(() => {
          const answers = requests.map(({ context, from }) =>
            context.slice(from - 1).map((token) => Float32Array.from(rows[token]!))
          )
          if (++calls < 3) return Effect.succeed(answers)
          return Effect.andThen(Deferred.succeed(begun, undefined), Effect.never).pipe(
            Effect.onInterrupt(() => Effect.sync(() => interrupted++))
          )
        })
    })
    const all = events(supersede(good, model(slow)), { prompt: [0], maxTokens: 50, seed: 1, speculate: two })
    const fiber = yield* Effect.forkChild(
      Stream.runForEach(all, (event) => Effect.sync(() => void (event._tag === "Token" && seen.push(event.token))))
    )
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(fiber)
  })
  await Effect.runPromise(program)
  expect(interrupted).toBe(1)
  expect(seen.length).toBeGreaterThanOrEqual(2)
})

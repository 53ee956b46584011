import { afterAll, describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import type { Formula } from "../../src/formula/formula.ts"
import { model, row, uniform } from "../../src/formula/leaves.ts"
import { add, scale, subtract, supersede, topK, union } from "../../src/formula/operators.ts"
import { stream } from "../../src/formula/stream_leaf.ts"
import type { Event } from "../../src/generation/events.ts"
import { events } from "../../src/generation/generate.ts"
import type { GenerationOptions } from "../../src/generation/options.ts"
import { promptLookup } from "../../src/model/prompt_lookup.ts"
import { fromFunction, table } from "../../src/model/table.ts"
import { type Chance, CurrentChance, seeded } from "../../src/sampling/chance.ts"
import type { Verifier } from "../../src/speculation/verifier.ts"
import { distance, type ExactLaw, exactLaw, keyed } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { untokenized } from "../../src/vocabulary/vocabulary.ts"
import { letters } from "../support/letters.ts"
import { type Case, cases, PROMPT, ready, settled, tally } from "./cases.ts"

const verifierNames: ReadonlyArray<Verifier> = ["rejection", "block", "coupled"]
const followed = tally("paths")
afterAll(() => console.log(`exact law, whole generations path by path: ${followed.line()}`))

const tokensOf = (all: ReadonlyArray<Event>, sequence = 0) =>
  all.flatMap((event) => (event._tag === "Token" && event.sequence === sequence ? [event.token] : []))
const generated = (formula: Formula, options: GenerationOptions) =>
  Stream.runCollect(events(formula, { prompt: PROMPT, ...options }))
const exactly = <A>(run: Effect.Effect<A, { readonly _tag: string }>, maxPaths = 20_000) =>
  Effect.runPromise(Effect.result(exactLaw(run, { maxPaths })))

const follow = async <A>(run: Effect.Effect<A, { readonly _tag: string }>, layers: number): Promise<ExactLaw<A>> => {
  const law = Result.getOrThrow(await exactly(run))
  followed.add(law.paths, layers)
  return law
}

for (const verifier of verifierNames) {
  test(`generations by random plans, ${verifier} (property)`, () => {
    const sizes = { verifier, size: [2, 3], maxTokens: [2, 3], maxModels: 3, maxDraftLength: 2, minLayers: 2 } as const
    const holds = async (given: Case) => {
      const one = await Effect.runPromise(ready(given))
      fc.pre(one !== undefined)
      const { formula, maxTokens, plan, sampling } = given
      const options = { ...sampling, speculate: plan, verifier, maxTokens }
      const law = await exactly(Effect.map(generated(formula, options), tokensOf), 150)
      fc.pre(Result.isSuccess(law))
      followed.add(law.success.paths, one.layers.length)
      expect(distance(keyed(law.success), one.expected)).toBeLessThan(1e-10)
    }
    return fc.assert(fc.asyncProperty(cases(sizes), holds), settled(12))
  }, 60_000)
}

const rows = (seed: number, size = 3) =>
  Array.from({ length: size }, (_, last) =>
    Array.from({ length: size }, (_, token) => 2 * Math.sin(seed * 5 + last * 3 + token))
  )
const named = (name: string, seed: number, possible: ReadonlyArray<number> = [0, 1, 2]) =>
  model(
    table(
      rows(seed).map((logits) => logits.map((x, token) => (possible.includes(token) ? x : Number.NEGATIVE_INFINITY))),
      { name }
    )
  )
/** Coins, for plans with many paths. */
const coin = (name: string, seed: number) => model(table(rows(seed, 2), { name }))
const [x, y, z, w] = [coin("x", 1), coin("y", 2), coin("z", 3), coin("w", 4)]
const [a, b, c] = [named("a", 1), named("b", 2), named("c", 3)]

/** By hand: how many stages a plan has, and why. */
const special: ReadonlyArray<
  readonly [
    name: string,
    formula: Formula,
    speculate: Exclude<GenerationOptions["speculate"], undefined>,
    stages: number
  ]
> = [
  ["a sum, term by term", x.pipe(add(y), add(z)), { order: [1, 2, 3], draftLengths: [2, 1] }, 3],
  ["a sum, the other way round", x.pipe(add(y), add(z)), { order: [z, y, x], draftLengths: [1, 2] }, 3],
  ["a sum in groups", a.pipe(add(b), add(c)), { order: [[3, 1], 2], draftLengths: [2] }, 2],
  // a union is pending until both sides are there: a alone is no stage
  ["a union waits for all its sides", union(a, b).pipe(add(c)), { order: [1, 2, 3], draftLengths: [2, 2] }, 2],
  ["a union that is the whole formula", union(a, b), { order: [1, 2], draftLengths: [2] }, 1],
  // -0.5 a alone has no positive weight
  ["a negative coefficient is no stage", subtract(b, scale(a, 0.5)), { order: [a, b], draftLengths: [2] }, 1],
  ["a negative coefficient joins", subtract(b, scale(a, 0.5)), { order: [b, a], draftLengths: [3] }, 2],
  ["a draft by supersede", supersede(a, b), { order: [a, b], draftLengths: [2] }, 2],
  ["drafts of drafts", supersede(supersede(a, b), c), { order: [a, b, c], draftLengths: [1, 2] }, 3],
  [
    "a draft that is never right",
    supersede(named("e", 5, [0]), named("f", 6, [1, 2])),
    { order: [1, 2], draftLengths: [2] },
    2
  ],
  [
    "a draft that knows fewer tokens",
    supersede(named("e", 5, [0, 1]), named("f", 6, [1, 2])),
    { order: [1, 2], draftLengths: [3] },
    2
  ],
  ["prompt lookup", supersede(model(promptLookup(3)), add(a, b)), { order: [1, [2, 3]], draftLengths: [2] }, 2],
  [
    "a draft that knows nothing",
    supersede(model(table(rows(0).map(() => [0, 0, 0]))), a),
    { order: [1, 2], draftLengths: [2] },
    2
  ],
  ["fixed rows are in every stage", add(row([0, 1, -1]), add(scale(a, 2), b)), { order: [2, 3], draftLengths: [2] }, 2],
  ["uniform terms are in every stage", a.pipe(add(uniform()), add(b)), { order: [2, 1], draftLengths: [2] }, 2],
  ["a mask over the whole", topK(add(a, b), 2), { order: [1, 2], draftLengths: [2] }, 2],
  [
    "a user's stream drafts",
    supersede(
      stream(
        "own",
        Stream.map(({ completion }) => Float32Array.of(completion.length, 0, 1))
      ),
      a
    ),
    { order: [1, 2], draftLengths: [2] },
    2
  ],
  ["draft lengths beyond the text", supersede(a, b), { order: [a, b], draftLengths: [9] }, 2],
  ["a bonus token that costs the draft's term", add(a, b), { order: [1, 2], draftLengths: [1], bonus: [true] }, 2],
  ["no bonus token", supersede(a, b), { order: [1, 2], draftLengths: [2], bonus: [false] }, 2],
  [
    "plans that follow one another",
    x.pipe(add(y), add(supersede(z, w))),
    [
      { order: [1, 2, [3, 4]], draftLengths: [2, 1] },
      { at: 1, order: [[4, 2], 1], draftLengths: [1] },
      { at: 2, order: [[1, 2, 4]], draftLengths: [] }
    ],
    2
  ]
]

describe("what plans make of formulas: the number of stages that verify, and the law", () => {
  for (const [name, formula, speculate, stages] of special) {
    test(`${name}: ${stages} stages`, async () => {
      const maxTokens = Array.isArray(speculate) ? 3 : 2
      const seen = await Effect.runPromise(generated(formula, { maxTokens: 3, seed: 1, speculate }))
      const last = seen.at(-1) as Extract<Event, { _tag: "Finished" }>
      const verifying = last.statistics.stages.length
      expect(Array.isArray(speculate) ? last.statistics.plans.length : verifying + 1).toBe(
        Array.isArray(speculate) ? speculate.length : stages
      )
      const plain = keyed(await follow(Effect.map(generated(formula, { maxTokens }), tokensOf), 1))
      for (const verifier of verifierNames) {
        const run = Effect.map(generated(formula, { maxTokens, speculate, verifier }), tokensOf)
        expect(distance(keyed(await follow(run, stages)), plain)).toBeLessThan(1e-10)
      }
    }, 60_000)
  }
})

describe("stop texts and end-of-text", () => {
  const spelled = (name: string, seed: number) =>
    model(
      fromFunction(letters, (context) => rows(seed, 4)[context.at(-1)!]!.map((x, token) => (token === 0 ? x - 1 : x)), {
        name
      })
    )
  const formula = add(spelled("x", 1), spelled("y", 2))
  const given: Case = {
    formula,
    plan: { order: [[1], [2]], draftLengths: [2] },
    sampling: { topK: 3 },
    verifier: "block",
    maxTokens: 3
  }
  const shown = (all: ReadonlyArray<Event>) => {
    const last = all.at(-1) as Extract<Event, { _tag: "Finished" }>
    return `${all.map((event) => event.text).join("")} ${last.reason}`
  }
  /** What is shown of a text of tokens, by hand. */
  const cut = (tokens: ReadonlyArray<number>, stop: string): string => {
    let text = ""
    for (const token of tokens) {
      if (token === 0) return `${text} end`
      text += "_abc"[token]
      if (text.includes(stop)) return `${text.slice(0, text.indexOf(stop))} stop`
    }
    return `${text} length`
  }
  for (const [verifier, stop] of [
    ["rejection", "ab"],
    ["block", "b"],
    ["coupled", "bb"]
  ] as const) {
    test(`${verifier}, stop at ${stop}`, async () => {
      const one = await Effect.runPromise(ready(given))
      const expected = new Map<string, number>()
      for (const [key, p] of one!.expected) {
        const text = JSON.stringify(cut(JSON.parse(key), stop))
        expected.set(text, (expected.get(text) ?? 0) + p)
      }
      const options = { ...given.sampling, speculate: given.plan, maxTokens: 3, stop: [stop], verifier }
      const law = await follow(Effect.map(generated(formula, options), shown), 2)
      expect(distance(keyed(law), expected)).toBeLessThan(1e-10)
      expect([...expected.keys()].filter((key) => key.includes("stop")).length).toBeGreaterThan(1)
    }, 60_000)
  }
})

describe("two sequences side by side", () => {
  const plan = { order: [[1], [2]], draftLengths: [2] }
  const given: Case = { formula: add(a, b), plan, sampling: { frequencyPenalty: 0.5 }, verifier: "block", maxTokens: 2 }
  /** Chance for two: one is answered in every way, the other by a seed. */
  const split = (every: number, all: Chance, fixed: Chance): Chance => ({
    draw: (place, probs) => (place.sequence === every ? all : fixed).draw(place, probs),
    accept: (place, p) => (place.sequence === every ? all : fixed).accept(place, p),
    race: (place, probs) => (place.sequence === every ? all : fixed).race(place, probs)
  })
  for (const verifier of verifierNames) {
    test.each([0, 1])(
      `${verifier}: sequence %i has the law that it has alone`,
      async (every) => {
        const one = await Effect.runPromise(ready(given))
        const options = { ...given.sampling, speculate: plan, verifier, maxTokens: 2, count: 2 }
        const others = new Set<string>()
        const run = Effect.flatMap(CurrentChance, (source) =>
          Effect.provideService(generated(given.formula, options), CurrentChance, (seed) =>
            split(every, source(seed), seeded(11))
          ).pipe(
            Effect.map((all) => {
              others.add(tokensOf(all, 1 - every).join())
              return tokensOf(all, every)
            })
          )
        )
        expect(distance(keyed(await follow(run, 2)), one!.expected)).toBeLessThan(1e-10)
        expect(others.size).toBe(1)
      },
      60_000
    )
  }
})

test("coupled: the same text with every plan and without one, alone and in a batch (property)", async () => {
  const sizes = { verifier: "coupled", size: [2, 5], maxTokens: [12, 12], minLayers: 1 } as const
  const holds = async ({ formula, maxTokens, plan, sampling }: Case, seed: number) => {
    const options = { ...sampling, maxTokens, seed, verifier: "coupled" } as const
    const result = await Effect.runPromise(Effect.result(generated(formula, { ...options, count: 3 })))
    fc.pre(Result.isSuccess(result))
    const plain = [0, 1, 2].map((i) => tokensOf(result.success, i))
    const spoken = await Effect.runPromise(Effect.result(generated(formula, { ...options, speculate: plan, count: 3 })))
    // a draft without any possible token is an error of its own
    fc.pre(Result.isSuccess(spoken))
    expect([0, 1, 2].map((i) => tokensOf(spoken.success, i))).toEqual(plain)
    expect(tokensOf(await Effect.runPromise(generated(formula, { ...options, speculate: plan })))).toEqual(plain[0]!)
  }
  await fc.assert(fc.asyncProperty(cases(sizes), fc.nat(1_000_000), holds), settled(60))
}, 60_000)

test("a law over bare ids and end-of-text: texts that end are not written on", async () => {
  const ends = untokenized(3, { special: { end: [2] } })
  const model3 = (seed: number) => model(fromFunction(ends, (context) => rows(seed)[context.at(-1)!]!))
  const formula = supersede(model3(1), model3(2))
  const law = (completion: ReadonlyArray<number>) => {
    // models give rows of float32
    const logits = rows(2)[completion.at(-1) ?? PROMPT[0]!]!.map(Math.fround)
    const total = logits.reduce((sum, z) => sum + Math.exp(z), 0)
    return { probs: Float64Array.from(logits, (z) => Math.exp(z) / total) }
  }
  const expected = keyed(plainLaw(law, { maxTokens: 3, end: [2] }))
  for (const verifier of verifierNames) {
    const options = { maxTokens: 3, speculate: { order: [1, 2], draftLengths: [3] }, verifier }
    const got = await follow(Effect.map(generated(formula, options), tokensOf), 2)
    expect(distance(keyed(got), expected)).toBeLessThan(1e-10)
  }
}, 60_000)

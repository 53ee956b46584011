import { afterAll, describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { softmax } from "../../src/logits/softmax.ts"
import { type Chance, CurrentChance, seeded } from "../../src/sampling/chance.ts"
import { type Law, law } from "../../src/sampling/law.ts"
import { type ProposeState, proposing } from "../../src/sampling/propose.ts"
import type { StageMachine } from "../../src/sampling/stage_machine.ts"
import { coupled } from "../../src/speculation/coupled.ts"
import { lacking, residual } from "../../src/speculation/residual.ts"
import { bonus, lawsOf, type Rule } from "../../src/speculation/rule.ts"
import { type Verifier, verifiers } from "../../src/speculation/verifier.ts"
import { verifying } from "../../src/speculation/verifying.ts"
import { exactChain } from "../../src/testing/exact_chain.ts"
import { distance, exactLaw, keyed } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { streamed, tableLaw, targetOf } from "./tables.ts"

/** Three tokens, texts of three: a draft and a target, both with penalties and a temperature, as samplers have them. */
const draftRows = [
  [1.1, 0.2, -0.4],
  [-0.3, 0.9, 0.6],
  [0.4, -0.8, 0.7]
]
const targetRows = [
  [0.1, 0.8, 0.3],
  [0.9, -0.2, 0.5],
  [-0.6, 0.3, 1.2]
]
const sampling = { temperature: 0.7, presencePenalty: 0.6, frequencyPenalty: 0.3 }
const [draft, target] = [tableLaw(draftRows, sampling), tableLaw(targetRows, sampling)]
const text = { end: [], maxTokens: 3 }
const expected = keyed(plainLaw(target, text))

/** How far off the law of a chain of two is: its draft stage, and a rule. */
const offByRule = async (rule: Rule, first: StageMachine = proposing(text)) => {
  const machines = [first, verifying({ ...text, draftLength: 2, rule, bonus: true })]
  const lawOf = (stage: number, completion: ReadonlyArray<number>) => [draft, target][stage]!(completion)
  return distance(keyed(await Effect.runPromise(exactChain(machines, lawOf, text))), expected)
}

/** How far off streams are whose last stage follows laws made by `wrong`. */
const offByLaws = async (wrong: () => NextLaws, options: { readonly verifier?: Verifier } = {}) => {
  const targets = () => {
    const laws = wrong()
    return [
      targetOf(draft, text),
      {
        ...text,
        laws: ({ completion }: { readonly completion: ReadonlyArray<number> }, from: number) =>
          Effect.sync(() => laws(completion, from))
      }
    ]
  }
  const run = streamed({ ...options, targets, draftLengths: [2] })
  return distance(keyed(await Effect.runPromise(exactLaw(run))), expected)
}
type NextLaws = (completion: ReadonlyArray<number>, from: number) => ReadonlyArray<Law>

/** The law of a row with the penalties of some other text. */
const penalized = (completion: ReadonlyArray<number>, seen: ReadonlyArray<number>): Law =>
  law(Float64Array.from(targetRows[completion.at(-1) ?? 0]!), sampling, { prompt: [], completion: seen }) as Law
const prefixes = (completion: ReadonlyArray<number>, from: number) =>
  Array.from({ length: completion.length - from + 1 }, (_, i) => completion.slice(0, from + i))

/** Rejection sampling with parts to be replaced. */
const rejectionWith =
  (parts: {
    readonly ratio?: (q: Law, p: Law, token: number) => number
    readonly rest?: (q: Law, p: Law) => Float64Array
    readonly behind?: (token: number) => Law
  }): Rule =>
  (block, ask) => {
    const { ratio = (q, p, token) => p.probs[token]! / q.probs[token]!, rest = (q, p) => residual(q.probs, p.probs) } =
      parts
    for (const [i, { law: q, token }] of block.drafts.entries()) {
      const p = block.laws[i]!
      const position = block.position + i
      if (!ask.accept(position, Math.min(1, ratio(q, p, token))))
        return { kept: i, next: ask.draw(position, rest(q, p)) }
    }
    const last = block.drafts.at(-1)
    if (parts.behind === undefined || last === undefined || block.laws[block.drafts.length] === undefined)
      return bonus(block, ask.draw)
    return {
      kept: block.drafts.length,
      next: ask.draw(block.position + block.drafts.length, parts.behind(last.token).probs)
    }
  }

/** Block verification with another running ratio. */
const blockWith =
  (next: (before: number, quotient: number) => number): Rule =>
  (given, ask) => {
    const ratios = [1]
    for (const [i, { token }] of given.drafts.entries()) {
      const [q, p] = lawsOf(given, i)
      ratios.push(next(ratios[i]!, p[token]! / q[token]!))
    }
    const last = given.drafts.length
    if (last === 0 || ask.accept(given.position + last - 1, ratios[last]!)) return bonus(given, ask.draw)
    for (let kept = last - 1; ; kept--) {
      const [q, p] = lawsOf(given, kept)
      const ratio = ratios[kept]!
      const mass = lacking(q, p, ratio)
      if (kept === 0 || (mass > 0 && ask.accept(given.position + kept, mass / (mass + 1 - ratio))))
        return { kept, next: ask.draw(given.position + kept, residual(q, p, ratio)) }
    }
  }

const probsOf = (row: ArrayLike<number>) => {
  const out = softmax(Float64Array.from(row))
  return "probs" in out ? out.probs : new Float64Array()
}
const normal = (row: Float64Array) => row.map((x) => x / row.reduce((a, b) => a + b))

/** A proposer that hides a token which it found unlikely, and ends there. */
const shy: StageMachine<ProposeState> = (completion) => {
  const { init, step } = proposing(text)(completion)
  return {
    init,
    step: (state, reply) => {
      const [next, action] = step(state, reply)
      const drawn = action._tag === "Emit" ? action.drafted[0] : undefined
      return drawn !== undefined && drawn.law.probs[drawn.token]! < 0.3
        ? [{ ...next, ended: true }, { _tag: "End" }]
        : [next, action]
    }
  }
}

/** One coin for all acceptances that have one `key`, revealed as far as it is asked for. */
const oneCoin = (chance: Chance, key: (position: number) => number): Chance => {
  const coins = new Map<number, readonly [low: number, high: number]>()
  return {
    ...chance,
    accept: (place, p) => {
      const [low, high] = coins.get(key(place.position)) ?? [0, 1]
      if (p >= high || p <= low) return p >= high
      const below = chance.accept(place, (p - low) / (high - low))
      coins.set(key(place.position), below ? [low, p] : [p, high])
      return below
    }
  }
}

const throughChance = async (wrong: (chance: Chance) => Chance, verifier: Verifier) => {
  const targets = () => [targetOf(tableLaw(draftRows), text), targetOf(draft, text), targetOf(target, text)]
  const run = streamed({ targets, draftLengths: [1, 2], verifier })
  const wrongly = Effect.flatMap(CurrentChance, (source) =>
    Effect.provideService(run, CurrentChance, (seed) => wrong(source(seed)))
  )
  return distance(keyed(await Effect.runPromise(exactLaw(wrongly))), expected)
}

const { block, rejection } = { block: verifiers.block.rule, rejection: verifiers.rejection.rule }
const softly = (given: Law): Law => ({ ...given, probs: probsOf(given.probs) })

/** What goes wrong, and how far off the law is then. */
const controls: ReadonlyArray<readonly [name: string, off: () => Promise<number>]> = [
  ["every draft is kept", () => offByRule(rejectionWith({ ratio: () => 1 }))],
  [
    "an epsilon of 1e-3 in the ratio",
    () => offByRule(rejectionWith({ ratio: (q, p, token) => p.probs[token]! / (q.probs[token]! + 1e-3) }))
  ],
  [
    "soft-max twice",
    () =>
      offByRule(
        rejectionWith({
          ratio: (q, p, token) => softly(p).probs[token]! / softly(q).probs[token]!,
          rest: (q, p) => residual(softly(q).probs, softly(p).probs)
        })
      )
  ],
  [
    "the residual is not cut at zero",
    () => offByRule(rejectionWith({ rest: (q, p) => normal(p.probs.map((x, i) => Math.abs(x - q.probs[i]!))) }))
  ],
  ["the residual is the target's law", () => offByRule(rejectionWith({ rest: (_, p) => p.probs }))],
  [
    "the draft's law before temperature and penalties",
    () =>
      offByRule(
        rejectionWith({
          ratio: (q, p, token) => p.probs[token]! / probsOf(q.scores)[token]!,
          rest: (q, p) => residual(probsOf(q.scores), p.probs)
        })
      )
  ],
  [
    "the penalties of the block's start at every position",
    () =>
      offByLaws(() => (completion, from) => prefixes(completion, from).map((one) => penalized(one, one.slice(0, from))))
  ],
  [
    "the penalties of the block's end at every position",
    () => offByLaws(() => (completion, from) => prefixes(completion, from).map((one) => penalized(one, completion)))
  ],
  [
    "penalties that are not taken back after a rejection",
    () =>
      offByLaws(() => {
        const seen: Array<number> = []
        return (completion, from) =>
          prefixes(completion, from).map((one) => {
            if (one.length > seen.length) seen.push(...one.slice(seen.length))
            return penalized(one, seen.slice(0, one.length))
          })
      })
  ],
  [
    "a stale row after a rejection",
    () =>
      offByLaws(() => {
        const rows = new Map<number, Law>()
        return (completion, from) =>
          prefixes(completion, from).map((one) => {
            const known = rows.get(one.length) ?? target(one)
            rows.set(one.length, known)
            return known
          })
      })
  ],
  ["the bonus token from the stage above", () => offByRule(rejectionWith({ behind: (token) => draft([token]) }))],
  ["block: the running ratio is not cut at 1", () => offByRule(blockWith((before, quotient) => before * quotient))],
  ["block: the ratio of the last token alone", () => offByRule(blockWith((_, quotient) => Math.min(1, quotient)))],
  [
    "block: the product of ratios cut one by one",
    () => offByRule(blockWith((before, quotient) => before * Math.min(1, quotient)))
  ],
  ["a block ends because its next token was unlikely", () => offByRule(block, shy)],
  ["one coin for every draft of a text", () => throughChance((chance) => oneCoin(chance, () => 0), "rejection")],
  [
    "one coin for all stages at a position",
    () => throughChance((chance) => oneCoin(chance, (position) => position), "rejection")
  ],
  [
    "coupled: the replacement is drawn with fresh noise",
    () =>
      offByRule(
        (given, ask) => {
          const { kept, next } = coupled(given, ask)
          const p = given.laws[kept]
          return kept < given.drafts.length ? { kept, next: ask.draw(given.position + kept, p!.probs) } : { kept, next }
        },
        proposing({ ...text, by: "race" })
      )
  ]
]

describe("what is wrong is seen", () => {
  const seen: Array<readonly [string, number]> = []
  afterAll(() => {
    const lines = seen.map(([name, off]) => `  ${off.toExponential(1)}  ${name}`)
    console.log(["negative controls, TV from the law of plain sampling:", ...lines].join("\n"))
  })

  test.each(controls)("%s", async (name, off) => {
    const far = await off()
    seen.push([name, far])
    expect(far).toBeGreaterThan(1e-4)
    expect(far).toBeLessThanOrEqual(1)
  })
})

describe("and what is right is not: the same settings with nothing wrong in them", () => {
  const right: ReadonlyArray<readonly [string, () => Promise<number>]> = [
    ["rejection, its parts put together here", () => offByRule(rejectionWith({}))],
    ["rejection", () => offByRule(rejection)],
    [
      "block, its parts put together here",
      () => offByRule(blockWith((before, quotient) => Math.min(1, before * quotient)))
    ],
    ["block", () => offByRule(block)],
    ["coupled", () => offByRule(coupled, proposing({ ...text, by: "race" }))],
    ["laws through streams", () => offByLaws(() => (completion, from) => prefixes(completion, from).map(target))],
    [
      "penalties through streams",
      () => offByLaws(() => (completion, from) => prefixes(completion, from).map((one) => penalized(one, one)))
    ],
    ["three stages", () => throughChance((chance) => chance, "rejection")]
  ]
  test.each(right)("%s", async (_, off) => expect(await off()).toBeLessThan(1e-12))
})

test("coupled: noise other than plain sampling's keeps the law, but not the text", async () => {
  const elsewhere: Rule = (given, ask) =>
    coupled(given, { ...ask, race: (position, probs) => ask.race(position + 1_000, probs) })
  expect(await offByRule(elsewhere, proposing({ ...text, by: "race" }))).toBeLessThan(1e-12)
  const texts = (rule?: Rule) =>
    Promise.all(
      Array.from({ length: 50 }, (_, seed) => {
        const targets = () => [targetOf(draft, text), targetOf(target, text)]
        const run = streamed({ targets, draftLengths: [2], verifier: "coupled", ...(rule && { rule }) })
        return Effect.runPromise(Effect.provideService(run, CurrentChance, () => seeded(seed)))
      })
    )
  const plain = await Promise.all(
    Array.from({ length: 50 }, (_, seed) => {
      const run = streamed({ targets: () => [targetOf(target, text)], draftLengths: [], verifier: "coupled" })
      return Effect.runPromise(Effect.provideService(run, CurrentChance, () => seeded(seed)))
    })
  )
  expect(await texts()).toEqual(plain)
  expect(await texts(elsewhere)).not.toEqual(plain)
})

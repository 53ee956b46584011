import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { askOf } from "../../src/sampling/ask.ts"
import { CurrentChance } from "../../src/sampling/chance.ts"
import type { Law } from "../../src/sampling/law.ts"
import { acceptance, expectedAcceptance } from "../../src/speculation/acceptance.ts"
import { block } from "../../src/speculation/block.ts"
import { coupled } from "../../src/speculation/coupled.ts"
import { seen, unseen } from "../../src/speculation/observation.ts"
import { rejection } from "../../src/speculation/rejection.ts"
import { lacking, residual } from "../../src/speculation/residual.ts"
import type { Block, Rule, Verdict } from "../../src/speculation/rule.ts"
import { exactLaw } from "../../src/testing/exact_law.ts"
import { law } from "../support/arbitraries.ts"
import { lawFrom } from "./tables.ts"

const place = { sequence: 0, stage: 1, round: 0 }

/** Every verdict of a rule on one block, with its probability. */
const verdicts = async (rule: Rule, given: Block) => {
  const run = Effect.map(CurrentChance, (source): Verdict => rule(given, askOf(source(0), place)))
  return (await Effect.runPromise(exactLaw(run))).outcomes
}
const round = (x: number) => Math.round(x * 1e9) / 1e9
const told = async (rule: Rule, given: Block) =>
  Object.fromEntries(
    (await verdicts(rule, given)).map(({ probability, value }) => [`${value.kept} ${value.next}`, round(probability)])
  )

/** A block whose drafts are all of one law, checked against one other. */
const blockOf = (q: Law, p: Law, tokens: ReadonlyArray<number>, laws = tokens.length): Block => ({
  drafts: tokens.map((token) => ({ token, law: q })),
  laws: Array.from({ length: laws }, () => p),
  position: 5
})

describe("four tokens, by eye", () => {
  const [q, p] = [lawFrom(0.5, 0.25, 0.25, 0), lawFrom(0.25, 0.25, 0, 0.5)]

  test("acceptance: too likely, right, impossible", () => {
    expect([0, 1, 2].map((token) => acceptance(q.probs, p.probs, token))).toEqual([0.5, 1, 0])
    expect(acceptance(p.probs, q.probs, 0)).toBe(1)
    expect(expectedAcceptance(q.probs, p.probs)).toBe(0.5)
    expect(expectedAcceptance(p.probs, p.probs)).toBe(1)
  })

  test("residual: what the draft lacks of the target", () => {
    expect([...residual(q.probs, p.probs)]).toEqual([0, 0, 0, 1])
    expect([...residual(p.probs, q.probs)]).toEqual([0.5, 0, 0.5, 0])
    expect(lacking(p.probs, q.probs, 1)).toBe(0.5)
    // half of the target is 0.125, 0.125, 0, 0.25
    expect([...residual(q.probs, p.probs, 0.5)]).toEqual([0, 0, 0, 1])
    expect(lacking(q.probs, p.probs, 0.5)).toBe(0.25)
    // nothing is lacking: rounding alone brings that about
    expect(residual(p.probs.slice(), p.probs)).toBe(p.probs)
    expect(lacking(q.probs, p.probs, 0)).toBe(0)
  })

  test("rejection of one draft, with and without a law behind it", async () => {
    expect(await told(rejection, blockOf(q, p, [0]))).toEqual({ "1 undefined": 0.5, "0 3": 0.5 })
    expect(await told(rejection, blockOf(q, p, [1]))).toEqual({ "1 undefined": 1 })
    expect(await told(rejection, blockOf(q, p, [2]))).toEqual({ "0 3": 1 })
    expect(await told(rejection, blockOf(q, p, [1], 2))).toEqual({ "1 0": 0.25, "1 1": 0.25, "1 3": 0.5 })
  })

  test("rejection: nothing behind the first that is not kept counts", async () => {
    expect(await told(rejection, blockOf(q, p, [0, 0]))).toEqual({ "0 3": 0.5, "1 3": 0.25, "2 undefined": 0.25 })
    expect(await told(rejection, blockOf(q, p, [2, 1]))).toEqual({ "0 3": 1 })
  })

  test("a block without drafts is a draw from the target", async () => {
    for (const rule of [rejection, block, coupled])
      expect(await told(rule, blockOf(q, p, [], 1))).toEqual({ "0 0": 0.25, "0 1": 0.25, "0 3": 0.5 })
  })

  test("block of one draft is rejection of one", async () => {
    for (const tokens of [[0], [1], [2]])
      for (const laws of [1, 2])
        expect(await told(block, blockOf(q, p, tokens, laws))).toEqual(
          await told(rejection, blockOf(q, p, tokens, laws))
        )
  })

  test("block: a likely second draft saves an unlikely first", async () => {
    // r(1) = 1/4 : 1/2 = 1/2, r(2) = min(1, 1/2 * (1/4 : 1/4)) = 1/2: both are kept with 1/2.
    // Else one with h(1) = S/(S + 1 - r(1)), S = max(0, p/2 - q) = 1/4 (token 3): 1/4 : 3/4 = 1/3; else none.
    expect(await told(block, blockOf(q, p, [0, 1]))).toEqual({
      "2 undefined": 0.5,
      "1 3": round(0.5 / 3),
      "0 3": round(1 / 3)
    })
  })

  test("coupled: the target's own draw decides", async () => {
    const race = (winners: ReadonlyArray<number>) => ({
      draw: () => 9,
      accept: () => false,
      race: (position: number) => winners[position - 5]!
    })
    expect(coupled(blockOf(q, p, [0, 1]), race([0, 1]))).toEqual({ kept: 2, next: undefined })
    expect(coupled(blockOf(q, p, [0, 1], 3), race([0, 1, 3]))).toEqual({ kept: 2, next: 3 })
    expect(coupled(blockOf(q, p, [0, 1], 3), race([0, 3, 1]))).toEqual({ kept: 1, next: 3 })
    expect(coupled(blockOf(q, p, [0, 1], 3), race([3, 1, 1]))).toEqual({ kept: 0, next: 3 })
  })

  test("questions are asked at the position that they are about", () => {
    const at: Array<string> = []
    const ask = {
      draw: (position: number) => at.push(`draw ${position}`),
      accept: (position: number) => {
        at.push(`accept ${position}`)
        return position !== 6
      },
      race: (position: number) => {
        at.push(`race ${position}`)
        return position === 5 ? 0 : 3
      }
    }
    const two = blockOf(q, p, [0, 0], 3)
    rejection(two, ask)
    expect(at.splice(0)).toEqual(["accept 5", "accept 6", "draw 6"])
    rejection({ ...two, position: 7 }, ask)
    expect(at.splice(0)).toEqual(["accept 7", "accept 8", "draw 9"])
    coupled(two, ask)
    expect(at.splice(0)).toEqual(["race 5", "race 6"])
    // from the end: whether both are kept, then whether one is
    block(two, { ...ask, accept: (position) => at.push(`accept ${position}`) < 1 })
    expect(at.splice(0)).toEqual(["accept 6", "accept 6", "draw 5"])
    block({ ...two, position: 7 }, ask)
    expect(at.splice(0)).toEqual(["accept 8", "draw 9"])
    // r(1) = 1/2 and the second laws are equal: one draft alone is never kept, which no coin is asked for
    const sure = {
      drafts: [
        { token: 0, law: q },
        { token: 1, law: p }
      ],
      laws: [p, p],
      position: 5
    }
    block(sure, { ...ask, accept: (position) => at.push(`accept ${position}`) < 1 })
    expect(at.splice(0)).toEqual(["accept 6", "draw 5"])
  })
})

test("the example of arXiv:2403.10444: token by token 10/9 drafts are kept of two, by blocks 11/9", async () => {
  const [q, p] = [lawFrom(2 / 3, 1 / 3), lawFrom(1 / 3, 2 / 3)]
  const kept = async (rule: Rule) => {
    let sum = 0
    for (const first of [0, 1])
      for (const second of [0, 1])
        for (const { probability, value } of await verdicts(rule, blockOf(q, p, [first, second], 3)))
          sum += q.probs[first]! * q.probs[second]! * probability * value.kept
    return sum
  }
  expect(await kept(rejection)).toBeCloseTo(10 / 9, 12)
  expect(await kept(block)).toBeCloseTo(11 / 9, 12)
})

const pair = fc.integer({ min: 2, max: 4 }).chain((size) => fc.tuple(law(size), law(size), law(size), law(size)))

test("blocks keep no fewer drafts in expectation than token by token, and both at most what the laws allow (property)", async () => {
  await fc.assert(
    fc.asyncProperty(pair, async ([q1, q2, p1, p2]) => {
      const expected = async (rule: Rule) => {
        let sum = 0
        for (const [first, a] of q1.entries()) {
          for (const [second, b] of q2.entries()) {
            if (a * b === 0) continue
            const drafts = [
              { token: first, law: lawFrom(...q1) },
              { token: second, law: lawFrom(...q2) }
            ]
            const given = { drafts, laws: [lawFrom(...p1), lawFrom(...p2)], position: 0 }
            for (const { probability, value } of await verdicts(rule, given)) sum += a * b * probability * value.kept
          }
        }
        return sum
      }
      const [single, whole] = [await expected(rejection), await expected(block)]
      expect(whole).toBeGreaterThanOrEqual(single - 1e-12)
      const agree = (q: ReadonlyArray<number> | Float64Array, p: Float64Array) =>
        p.reduce((sum, x, i) => sum + Math.min(x, q[i]!), 0)
      expect(single).toBeCloseTo(agree(q1, p1) * (1 + agree(q2, p2)), 10)
    }),
    { numRuns: 60, seed: 1 }
  )
})

test("residual and acceptance make up the target (property)", () => {
  fc.assert(
    fc.property(pair, ([q, p]) => {
      const rest = residual(q, p)
      const missed = 1 - expectedAcceptance(q, p)
      for (const [token, x] of p.entries()) {
        const kept = q[token]! === 0 ? 0 : q[token]! * acceptance(q, p, token)
        expect(kept + missed * rest[token]!).toBeCloseTo(x, 12)
      }
    })
  )
})

test("what is observed of blocks: drafts behind the first that was not kept are not decided", () => {
  const [q, p] = [lawFrom(0.5, 0.5), lawFrom(0.75, 0.25)]
  const drafts = [0, 1, 0].map((token) => ({ token, law: q }))
  const one = seen(unseen, { drafts, kept: 1, laws: [p, p, p] })
  expect(one).toEqual({ blocks: 1, drafted: 3, kept: 1, decided: 2, expected: 1.5 })
  expect(seen(one, { drafts, kept: 3, laws: [p, q, p, q] })).toEqual({
    blocks: 2,
    drafted: 6,
    kept: 4,
    decided: 5,
    expected: 4
  })
  expect(seen(unseen, { drafts: [], kept: 0, laws: [p] })).toEqual({ ...unseen, blocks: 1 })
})

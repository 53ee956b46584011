import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { model } from "../../src/formula/leaves.ts"
import { add } from "../../src/formula/operators.ts"
import { events } from "../../src/generation/generate.ts"
import { table } from "../../src/model/table.ts"
import { askOf } from "../../src/sampling/ask.ts"
import { type Chance, CurrentChance, seeded } from "../../src/sampling/chance.ts"
import { Use } from "../../src/sampling/philox.ts"
import { proposing } from "../../src/sampling/propose.ts"
import { chain } from "../../src/speculation/chain.ts"
import { rejection } from "../../src/speculation/rejection.ts"
import { verifying } from "../../src/speculation/verifying.ts"
import { tableLaw } from "./tables.ts"

/** Counters of philox, as they are made: every coin of `draw` and `accept` comes of one. */
const recording = async (body: () => Promise<void> | void): Promise<ReadonlyArray<number>> => {
  const keys: Array<number> = []
  const { from } = Uint32Array
  const spy = (counter: ReadonlyArray<number>) => {
    if (counter.length === 4 && counter[3] === Use.ask) {
      expect(counter[1]).toBe(0)
      keys.push(counter[2]! * 2 ** 32 + counter[0]!)
    }
    return from.call(Uint32Array, counter)
  }
  Uint32Array.from = spy as typeof Uint32Array.from
  try {
    await body()
  } finally {
    Uint32Array.from = from
  }
  return keys
}

/** Chance that counts what each stage asks, and how often a draft is not accepted. */
const counted = (chance: Chance) => {
  const asked = { draw: [0, 0, 0], accept: [0, 0, 0], rejected: [0, 0, 0] }
  const counting: Chance = {
    ...chance,
    draw: (place, probs) => {
      asked.draw[place.stage]!++
      return chance.draw(place, probs)
    },
    accept: (place, probability) => {
      asked.accept[place.stage]!++
      const kept = chance.accept(place, probability)
      if (!kept) asked.rejected[place.stage]!++
      return kept
    }
  }
  const total = () => [...asked.draw, ...asked.accept].reduce((sum, n) => sum + n, 0)
  return { asked, counting, total }
}

const rows = (seed: number) => [0, 1, 2].map((last) => [0, 1, 2].map((token) => Math.sin(seed * 5 + last * 3 + token)))

test("no coin is used twice in a million questions, with rejections at every stage", async () => {
  const laws = [1, 2, 3].map((seed) => {
    const byLast = [0, 1, 2].map((last) => tableLaw(rows(seed))([last]))
    return (completion: ReadonlyArray<number>) => byLast[completion.at(-1) ?? 0]!
  })
  // many short texts: a state holds its whole text
  const text = { end: [], maxTokens: 64 }
  const machine = chain([
    proposing(text),
    verifying({ ...text, draftLength: 2, rule: rejection, bonus: true }),
    verifying({ ...text, draftLength: 3, rule: rejection, bonus: true })
  ])
  const { asked, counting, total } = counted(seeded(5))
  const keys = await recording(() => {
    for (let sequence = 0; total() < 1_000_000; sequence++) {
      let state = machine.init
      let action = machine.step(state, { _tag: "Next" })
      for (; action[1]._tag !== "End"; ) {
        state = action[0]
        const now = action[1]
        if (now._tag !== "Laws") {
          action = machine.step(state, { _tag: "Next" })
          continue
        }
        const own: Array<ReturnType<(typeof laws)[number]>> = []
        for (let n = now.from; n <= now.completion.length; n++) own.push(laws[now.stage]!(now.completion.slice(0, n)))
        const ask = askOf(counting, { sequence: sequence % 7, stage: now.stage, round: 0 })
        action = machine.step(state, { _tag: "Laws", laws: own, ask })
      }
    }
  })
  expect(keys.length).toBe(total())
  expect(new Set(keys).size).toBe(keys.length)
  const { accept, draw, rejected } = asked
  console.log(
    `coins: ${keys.length} questions (draws by stage ${draw.join(", ")}; acceptances ${accept.join(", ")}; of these not kept ${rejected.join(", ")}), no key twice`
  )
  expect(Math.min(...draw, ...accept.slice(1), ...rejected.slice(1))).toBeGreaterThan(10_000)
}, 60_000)

test("nor in generations of several sequences side by side, by any plan", async () => {
  const formula = model(table(rows(1))).pipe(add(model(table(rows(2)))), add(model(table(rows(3)))))
  const speculate = [
    { order: [1, 2, 3], draftLengths: [2, 3] },
    { at: 20, order: [[2], [1, 3]], draftLengths: [4] },
    { at: 40, order: [[1, 2, 3]], draftLengths: [] }
  ]
  for (const verifier of ["rejection", "block"] as const) {
    const { counting, total } = counted(seeded(6))
    const keys = await recording(async () => {
      const run = Stream.runDrain(events(formula, { prompt: [0], maxTokens: 60, count: 5, speculate, verifier }))
      await Effect.runPromise(Effect.provideService(run, CurrentChance, () => counting))
    })
    expect(keys.length).toBe(total())
    expect(keys.length).toBeGreaterThan(500)
    expect(new Set(keys).size).toBe(keys.length)
  }
})

test("a coin that is used twice would be seen", async () => {
  const keys = await recording(() => {
    const place = { sequence: 0, position: 0, stage: 0, round: 0 }
    for (const chance of [seeded(1), seeded(1)]) chance.accept(place, 0.5)
  })
  expect(keys).toEqual([0, 0])
})

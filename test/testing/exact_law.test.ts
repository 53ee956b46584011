import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { type Chance, CurrentChance, type Place } from "../../src/sampling/chance.ts"
import { exactLaw } from "../../src/testing/exact_law.ts"
import { failure } from "../support/run.ts"

const at = (position: number): Place => ({ sequence: 0, position, stage: 0, round: 0 })
const run = <A>(body: (chance: Chance) => A) => Effect.map(CurrentChance, (source) => body(source(0)))
const law = async <A>(body: (chance: Chance) => A) => (await Effect.runPromise(exactLaw(run(body)))).outcomes

test("a run without questions has one outcome", async () => {
  expect(await law(() => "x")).toEqual([{ value: "x", probability: 1 }])
})

test("questions may depend on answers: a coin, then a die of two or three sides", async () => {
  const outcomes = await law((chance) =>
    chance.accept(at(0), 0.25)
      ? chance.draw(at(1), Float64Array.of(0.5, 0.5))
      : 2 + chance.draw(at(1), Float64Array.of(0.2, 0.3, 0.5))
  )
  const found = Object.fromEntries(
    outcomes.map(({ probability, value }) => [value, Math.round(probability * 1e12) / 1e12])
  )
  expect(found).toEqual({ 0: 0.125, 1: 0.125, 2: 0.15, 3: 0.225, 4: 0.375 })
})

test("impossible answers are not followed", async () => {
  const { outcomes, paths } = await Effect.runPromise(
    exactLaw(
      run((chance) => [chance.draw(at(0), Float64Array.of(0, 1, 0)), chance.accept(at(1), 1), chance.accept(at(2), 0)])
    )
  )
  expect(outcomes).toEqual([{ value: [1, true, false], probability: 1 }])
  expect(paths).toBe(1)
})

test("a coin is always below what is more than 1, and never below what is less than 0 or no number", async () => {
  expect(await law((chance) => [2, 1, 0, -1, Number.NaN].map((p) => chance.accept(at(0), p)))).toEqual([
    { value: [true, true, false, false, false], probability: 1 }
  ])
})

test("races of equal laws at one place agree; others are independent", async () => {
  const fair = Float64Array.of(0.5, 0.5)
  expect(await law((chance) => [chance.race(at(0), fair), chance.race(at(0), fair)])).toHaveLength(2)
  expect(await law((chance) => [chance.race(at(0), fair), chance.race(at(1), fair)])).toHaveLength(4)
  expect(await law((chance) => [chance.race(at(0), fair), chance.race({ ...at(0), sequence: 1 }, fair)])).toHaveLength(
    4
  )
  expect(await law((chance) => [chance.race(at(0), fair), chance.race(at(0), Float64Array.of(0.4, 0.6))])).toHaveLength(
    4
  )
})

test("too many paths are refused, not run for ever", async () => {
  const endless = run((chance) => Array.from({ length: 30 }, (_, i) => chance.accept(at(i), 0.5)))
  expect(await failure(exactLaw(endless, { maxPaths: 100 }))).toMatchObject({ _tag: "TooManyPaths" })
})

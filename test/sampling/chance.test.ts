import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { draw } from "../../src/logits/selection.ts"
import { type Chance, type Place, seeded } from "../../src/sampling/chance.ts"
import { philox, toCoin } from "../../src/sampling/philox.ts"
import { race } from "../../src/sampling/race.ts"

const place = (sequence: number, position = 0): Place => ({ sequence, position, stage: 0, round: 0 })
const fair = Float64Array.of(0.25, 0.25, 0.25, 0.25)
const draws = (chance: Chance, sequence: number, n = 20) =>
  Array.from({ length: n }, () => chance.draw(place(sequence), fair))

test("one seed gives one run, another seed another", () => {
  expect(draws(seeded(1), 0)).toEqual(draws(seeded(1), 0))
  expect(draws(seeded(1), 0)).not.toEqual(draws(seeded(2), 0))
  expect(draws(seeded(2 ** 32), 0)).not.toEqual(draws(seeded(0), 0))
})

test("a sequence's answers do not depend on what others are asked", () => {
  const alone = draws(seeded(5), 3)
  const chance = seeded(5)
  const beside = Array.from({ length: 20 }, () => {
    chance.accept(place(1), 0.5)
    return chance.draw(place(3), fair)
  })
  expect(beside).toEqual(alone)
  expect(draws(seeded(5), 4)).not.toEqual(alone)
})

test("no coin is used twice: draw and accept take turns on one counter", () => {
  const [a, b] = [seeded(9), seeded(9)]
  const first = draws(a, 0, 2)
  b.accept(place(0), 0.5)
  expect(b.draw(place(0), fair)).toBe(first[1]!)
})

test("draw() and race() take the coins of their seed, and none of the other's", () => {
  const law = Float64Array.from({ length: 1_000 }, () => 1e-3)
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.nat(9), fc.nat(9), (seed, sequence, position) => {
      const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)] as const
      const chance = seeded(seed)
      expect(chance.race(place(sequence, position), law)).toBe(race(key)({ sequence, position }, law))
      // the counters of race() end with 1 and 2
      const [high, low] = philox([0, 0, sequence, 0], key)
      expect(chance.draw(place(sequence, position), law)).toBe(draw(law, toCoin(high, low)))
    })
  )
})

test("accept() says yes as often as asked", () => {
  const chance = seeded(3)
  let yes = 0
  for (let i = 0; i < 20_000; i++) if (chance.accept(place(0), 0.3)) yes++
  expect(Math.abs(yes / 20_000 - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / 20_000))
  expect(chance.accept(place(0), 0)).toBe(false)
  expect(chance.accept(place(0), 1)).toBe(true)
})

test("draw() and race() follow the law (chi-square, three degrees of freedom)", () => {
  const law = Float64Array.of(0.1, 0.2, 0.3, 0.4)
  const chance = seeded(17)
  const n = 20_000
  for (const ask of [(i: number) => chance.draw(place(0, i), law), (i: number) => chance.race(place(0, i), law)]) {
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < n; i++) counts[ask(i)]!++
    const chiSquare = counts.reduce((sum, c, t) => sum + (c - n * law[t]!) ** 2 / (n * law[t]!), 0)
    expect(chiSquare).toBeLessThan(30)
  }
})

test("two races at one place share their noise: equal laws agree, close ones nearly always", () => {
  const chance = seeded(1)
  const [p, q] = [Float64Array.of(0.5, 0.3, 0.2), Float64Array.of(0.45, 0.35, 0.2)]
  let equal = 0
  for (let position = 0; position < 5_000; position++) {
    expect(chance.race(place(0, position), p)).toBe(chance.race(place(0, position), p))
    if (chance.race(place(0, position), p) === chance.race(place(0, position), q)) equal++
  }
  expect(equal / 5_000).toBeGreaterThan(0.85)
  expect(equal).toBeLessThan(5_000)
})

test("a token of probability 0 is never drawn", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }),
      fc.nat(100),
      (seed, weights, position) => {
        const total = weights.reduce((a, b) => a + b, 0)
        fc.pre(total > 0)
        const law = Float64Array.from(weights, (w) => w / total)
        const chance = seeded(seed)
        return law[chance.draw(place(0), law)]! > 0 && law[chance.race(place(0, position), law)]! > 0
      }
    )
  )
})

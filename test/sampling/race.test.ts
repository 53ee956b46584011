import { describe, expect, spyOn, test } from "bun:test"
import * as fc from "fast-check"
import { type Key, philox, toCoin } from "../../src/sampling/philox.ts"
import { race, type Track } from "../../src/sampling/race.ts"

/** The coin of a token, alone. */
const coin = (key: Key, { position, sequence }: Track, token: number): number => {
  const [uppers, lowers] = [1, 2].map((use) => philox([token >>> 2, position, sequence, use], key))
  return toCoin(uppers![token % 4]!, lowers![token % 4]!)
}

/** Every token's arrival, and the first of them. */
const naive = (key: Key, track: Track, law: Float64Array): number => {
  const arrivals = Array.from(law, (p, token) => (p === 0 ? Number.NaN : -Math.log1p(-coin(key, track, token)) / p))
  const first = Math.min(...arrivals.filter((arrival) => !Number.isNaN(arrival)))
  return arrivals.indexOf(first)
}

const word = fc.integer({ min: 0, max: 0xffffffff })
const place = fc.record({ sequence: word, position: word })
/** Laws of few and many tokens, impossible ones and such of probabilities down to 1e-30 among them, not all normalized. */
const roughLaw = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.double({ min: -30, max: 0, noNaN: true }) }, fc.constant(-1e9)), {
    minLength: 1,
    maxLength: 70
  })
  .map((exponents) => Float64Array.from(exponents, (e) => 10 ** e))
  .filter((law) => law.some((p) => p > 0))

describe("race", () => {
  test("the winner is the first to arrive of all", () => {
    fc.assert(
      fc.property(fc.tuple(word, word), place, roughLaw, (key, track, law) => {
        expect(race(key)(track, law)).toBe(naive(key, track, law))
      }),
      { numRuns: 500 }
    )
  })

  test("the same in laws of thousands of tokens, one after another", () => {
    const key = [5, 0] as const
    const chance = race(key)
    for (let position = 0; position < 12; position++) {
      const law = Float64Array.from({ length: 3_000 }, (_, t) => Math.exp(6 * Math.sin(t * (1.3 + position))) / 3_000)
      expect(chance({ sequence: 2, position }, law)).toBe(naive(key, { sequence: 2, position }, law))
    }
  })

  test("photo finishes: of two tokens, one is before the other by one part in 10^13, or by nothing", () => {
    const key = [1, 0] as const
    const track = { sequence: 0, position: 0 }
    const size = 2 ** 15
    const noise = Float64Array.from({ length: size }, (_, token) => -Math.log1p(-coin(key, track, token)))
    const byNoise = [...noise.keys()].sort((a, b) => noise[a]! - noise[b]!)
    const law = new Float64Array(size)
    let ties = 0
    // the smaller the noise, the closer it is to its coin's first bits
    for (const [i, token] of byNoise.slice(0, 40).entries()) {
      for (const other of [byNoise[i + 1]!, byNoise[800 * i + 5]!]) {
        for (const factor of [1 - 1e-13, 1, 1 + 1e-13]) {
          law[other] = 0.5
          law[token] = (noise[token]! / (noise[other]! / 0.5)) * factor
          const ahead = noise[other]! / law[other]! - noise[token]! / law[token]!
          expect(race(key)(track, law)).toBe(ahead > 0 ? token : ahead < 0 ? other : Math.min(token, other))
          if (ahead === 0) ties++
          law[other] = 0
          law[token] = 0
        }
      }
    }
    expect(ties).toBeGreaterThan(20)
  })

  test("logarithms are taken of those only that may win: about log V of V equal tokens", () => {
    const log1p = spyOn(Math, "log1p")
    try {
      for (const p of [1 / 4_096, 1e-6]) {
        log1p.mockClear()
        const law = new Float64Array(4_096).fill(p)
        for (let position = 0; position < 20; position++) race([1, 0])({ sequence: 0, position }, law)
        expect(log1p.mock.calls.length / 20).toBeLessThan(12)
      }
    } finally {
      log1p.mockRestore()
    }
  })

  test("who arrives too late for a number to tell still takes part; of equal ones the first wins", () => {
    const least = Number.MIN_VALUE
    for (let position = 0; position < 20; position++) {
      const track = { sequence: 0, position }
      expect(race([0, 0])(track, Float64Array.of(0, least, least))).toBe(1)
      expect(race([0, 0])(track, Float64Array.of(0, least, 1))).toBe(2)
    }
  })

  /** How often each pair of answers comes up, as chi-square against independence; both laws are four equal tokens. */
  const dependence = (one: (n: number) => number, other: (n: number) => number): number => {
    const n = 16_000
    const counts = new Float64Array(16)
    for (let i = 0; i < n; i++) counts[one(i) * 4 + other(i)]!++
    return counts.reduce((sum, count) => sum + (count - n / 16) ** 2 / (n / 16), 0)
  }
  const fair = Float64Array.of(0.25, 0.25, 0.25, 0.25)
  const shifted = Float64Array.from({ length: 8 }, (_, t) => (t < 4 ? 0 : 0.25))
  const at = (key: Key, sequence: number, law = fair) => {
    const chance = race(key)
    return (position: number) => chance({ sequence, position }, law)
  }
  const one = at([1, 0], 0)

  test.each([
    ["two positions", (n: number) => one(n + 1)],
    ["two sequences", at([1, 0], 1)],
    ["the lower halves of two seeds", at([2, 0], 0)],
    ["the upper halves of two seeds", at([1, 1], 0)],
    ["four tokens and the next four", (n: number) => at([1, 0], 0, shifted)(n) - 4],
    ["position and sequence changed about", (n: number) => race([1, 0])({ sequence: n, position: 0 }, fair)]
  ] as const)("noise is not shared by %s (chi-square, 15 degrees of freedom)", (_, other) => {
    expect(dependence(one, other)).toBeLessThan(55)
  })

  /** The probability that two laws agree where they share their noise. */
  const agreement = (p: Float64Array, q: Float64Array): number => {
    let sum = 0
    for (let t = 0; t < p.length; t++) {
      if (p[t] === 0 || q[t] === 0) continue
      sum += 1 / p.reduce((all, _, i) => all + Math.max(p[i]! / p[t]!, q[i]! / q[t]!), 0)
    }
    return sum
  }

  test.each([
    [Float64Array.of(0.5, 0.3, 0.2), Float64Array.of(0.45, 0.35, 0.2)],
    [Float64Array.of(0.1, 0.2, 0.3, 0.4), Float64Array.of(0.4, 0.3, 0.2, 0.1)],
    [Float64Array.of(0.5, 0.5, 0), Float64Array.of(0, 0.5, 0.5)],
    [Float64Array.of(1, 0), Float64Array.of(0.01, 0.99)],
    [new Float64Array(64).fill(1 / 64), Float64Array.from({ length: 64 }, (_, t) => (t % 2 === 0 ? 0.03 : 0.00125))]
  ])("two laws at one place agree as often as exponential races promise (%#)", (p, q) => {
    const distance = p.reduce((sum, _, t) => sum + Math.abs(p[t]! - q[t]!), 0) / 2
    const promised = agreement(p, q)
    expect(promised).toBeGreaterThanOrEqual((1 - distance) / (1 + distance) - 1e-12)
    const chance = race([21, 0])
    const n = 20_000
    let agreed = 0
    for (let position = 0; position < n; position++) {
      if (chance({ sequence: 0, position }, p) === chance({ sequence: 0, position }, q)) agreed++
    }
    expect(Math.abs(agreed / n - promised)).toBeLessThan(5 * Math.sqrt((promised * (1 - promised)) / n))
  })
})

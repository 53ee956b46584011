import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { Sampling, Speculation } from "polylogit"
import { expectedAgreement } from "../../src/speculation/agreement.ts"

const { chain, perToken, proposal, survival, verification, verifying } = Speculation

interface Link {
  readonly acceptance: number
  readonly draftLength: number
  readonly bonus: boolean
}

/** What a block costs, made up: it depends on the stage, on the drafts and on the bonus token. */
const callOf = (stage: number) => (drafts: number, bonus: boolean) => 7 * stage + drafts + (bonus ? 3 : 0)
const draftCost = 1.5

/** The pure chain, driven with coins in the place of laws: what it gives, and what its calls cost. */
const simulate = (links: ReadonlyArray<Link>, maxTokens: number, coin: () => number) => {
  const text = { end: [], maxTokens }
  const law = { probs: Float64Array.of(0.5, 0.5), scores: Float64Array.of(0, 0), logZ: 0 }
  const machine = chain([
    Sampling.proposing(text),
    ...links.map(({ acceptance, ...link }) =>
      verifying({
        ...text,
        ...link,
        rule: ({ drafts, laws }) => {
          const refused = drafts.findIndex(() => coin() >= acceptance)
          const kept = refused < 0 ? drafts.length : refused
          return { kept, next: laws[kept] && 0 }
        }
      })
    )
  ])
  const ask = { draw: () => 0, accept: () => true, race: () => 0 }
  let state = machine.init
  let reply: Speculation.ChainReply = { _tag: "Next" }
  let cost = 0
  let tokens = 0
  for (;;) {
    const [next, action] = machine.step(state, reply)
    state = next
    if (action._tag === "End" || action._tag === "Refuse") return cost / tokens
    if (action._tag === "Emit") {
      tokens += action.drafted.length
      reply = { _tag: "Next" }
      continue
    }
    const rows = action.completion.length - action.from + 1
    const checked = (state.stages[action.stage] as Speculation.VerifyState).checked
    cost += action.stage === 0 ? draftCost : callOf(action.stage)(checked, rows > checked)
    reply = { _tag: "Laws", laws: Array.from({ length: rows }, () => law), ask }
  }
}

const predicted = (links: ReadonlyArray<Link>) =>
  perToken(
    links.reduce(
      (above, { acceptance, bonus, draftLength }, i) =>
        verification(above, {
          draftLength,
          bonus,
          survival: survival(acceptance, "rejection", draftLength),
          call: callOf(i + 1)
        }),
      proposal(draftCost)
    )
  )

const coins = (seed: number) => {
  let x = seed >>> 0
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return x / 2 ** 32
  }
}

describe("the expected cost of a chain", () => {
  test.each<ReadonlyArray<Link>>([
    [{ acceptance: 0.6, draftLength: 3, bonus: true }],
    [{ acceptance: 0.9, draftLength: 8, bonus: false }],
    [
      { acceptance: 0.55, draftLength: 3, bonus: true },
      { acceptance: 0.95, draftLength: 8, bonus: true }
    ],
    [
      { acceptance: 0.8, draftLength: 4, bonus: false },
      { acceptance: 0.9, draftLength: 2, bonus: true }
    ],
    [
      { acceptance: 0.55, draftLength: 3, bonus: true },
      { acceptance: 0.97, draftLength: 12, bonus: false },
      { acceptance: 0.99, draftLength: 3, bonus: true }
    ]
  ])("is that of the machines with coins for laws, within 3%%: %#", (...links) => {
    const seen = simulate(links, 12_000, coins(links.length + 40))
    expect(Math.abs(predicted(links) / seen - 1)).toBeLessThan(0.03)
  })

  test("of one stage is the paper's expression (property)", () => {
    const unit = fc.double({ min: 0.01, max: 0.99, noNaN: true })
    fc.assert(
      fc.property(unit, unit, fc.integer({ min: 2, max: 16 }), (a, draft, s) => {
        const flow = verification(proposal(draft), {
          draftLength: s - 1,
          bonus: true,
          survival: survival(a, "rejection", s - 1),
          call: () => 1
        })
        expect(perToken(flow)).toBeCloseTo(((1 - a) * ((s - 1) * draft + 1)) / (1 - a ** s), 9)
      })
    )
  })

  test("sizes are a law, and tokens its mean (property)", () => {
    const link = fc.record({
      acceptance: fc.double({ min: 0, max: 1, noNaN: true }),
      draftLength: fc.integer({ min: 1, max: 8 }),
      bonus: fc.boolean()
    })
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 3 }), (links) => {
        const flow = links.reduce(
          (above, { acceptance, ...rest }) =>
            verification(above, { ...rest, survival: survival(acceptance, "block", 8), call: () => 1 }),
          proposal(1)
        )
        expect(flow.sizes.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9)
        expect(flow.sizes.every((p) => p >= -1e-12)).toBe(true)
        expect(flow.sizes.reduce((sum, p, n) => sum + n * p, 0)).toBeCloseTo(flow.tokens, 9)
      })
    )
  })
})

describe("survival", () => {
  test("of a block lies between that token by token and that of one draft", () => {
    for (const a of [0.2, 0.55, 0.9, 0.99]) {
      const block = survival(a, "block", 12)
      const single = survival(a, "rejection", 12)
      expect(block[1]).toBeCloseTo(a, 5)
      for (let n = 2; n <= 12; n++) {
        expect(block[n]!).toBeGreaterThan(single[n]!)
        expect(block[n]!).toBeLessThan(block[n - 1]!)
      }
    }
  })

  test("of a block is what was seen on the embedded models, within 0.03", () => {
    // bench of the n-gram model under tales, and of one of four terms under all: 12 texts of 160 tokens, 8 drafts a block
    const seen = [
      [0.539, [0.321, 0.209, 0.143, 0.093, 0.063, 0.05, 0.036]],
      [0.703, [0.535, 0.398, 0.321, 0.252, 0.217, 0.185, 0.152]],
      [0.968, [0.943, 0.921, 0.891, 0.878, 0.86, 0.852, 0.834]]
    ] as const
    for (const [a, shares] of seen) {
      const found = survival(a, "block", 8)
      for (const [i, share] of shares.entries()) expect(Math.abs(found[i + 2]! - share)).toBeLessThan(0.03)
    }
  })
})

test("expectedAgreement is the sum over pairs, and lies between its bounds (property)", () => {
  const probs = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 5, maxLength: 5 }).map((counts) => {
    const total = counts.reduce((sum, n) => sum + n, 0)
    return Float64Array.from(counts, (n) => (total === 0 ? 0.2 : n / total))
  })
  fc.assert(
    fc.property(probs, probs, (q, p) => {
      let sum = 0
      for (let t = 0; t < 5; t++) {
        if (q[t] === 0 || p[t] === 0) continue
        let most = 0
        for (let i = 0; i < 5; i++) most += Math.max(q[i]! / q[t]!, p[i]! / p[t]!)
        sum += 1 / most
      }
      const found = expectedAgreement(q, p)
      expect(found).toBeCloseTo(sum, 9)
      const kept = Speculation.expectedAcceptance(q, p)
      expect(found).toBeLessThanOrEqual(kept + 1e-9)
      expect(found).toBeGreaterThanOrEqual(kept / (2 - kept) - 1e-9)
    })
  )
})

import { expect, test } from "bun:test"
import type { Formula } from "../../src/formula/formula.ts"
import { model } from "../../src/formula/leaves.ts"
import { add, scale, supersede } from "../../src/formula/operators.ts"
import type { Finished } from "../../src/generation/events.ts"
import { events } from "../../src/generation/generate.ts"
import type { GenerationOptions } from "../../src/generation/options.ts"
import { fromFunction } from "../../src/model/table.ts"
import { untokenized } from "../../src/vocabulary/vocabulary.ts"
import { collect } from "../support/run.ts"

/** Always says one token behind so many, by a function of the length of the context. */
const says = (
  name: string,
  token: (length: number) => number,
  options: { readonly end?: number; readonly window?: number } = {}
) =>
  model(
    fromFunction(
      untokenized(4, { special: { end: options.end === undefined ? [] : [options.end] } }),
      (context) => [0, 1, 2, 3].map((one) => (one === token(context.length) ? 0 : Number.NEGATIVE_INFINITY)),
      { name, contextLength: options.window ?? 1_000 }
    )
  )

/** What a generation behind one token cost: calls and rows of each term, and blocks, drafts and kept drafts of each stage. */
const cost = async (formula: Formula, options: GenerationOptions) => {
  const all = await collect(events(formula, { prompt: [0], seed: 1, ...options }))
  const { statistics } = all.at(-1) as Finished
  return {
    tokens: all.flatMap((event) => (event._tag === "Token" ? [event.token] : [])).join(""),
    calls: statistics.modelCalls,
    terms: statistics.terms.map(({ calls, positions }) => [calls, positions]),
    stages: statistics.stages.map(({ blocks, drafted, kept }) => [blocks, drafted, kept])
  }
}

const one = () => 1
const draftOf = (k: number, more: Partial<GenerationOptions> = {}) => ({
  speculate: { order: [1, 2], draftLengths: [k] },
  ...more
})
const verifierNames = ["rejection", "block", "coupled"] as const

test.each(verifierNames)(
  "%s: a draft that is always right, k = 3: four tokens to a call of the target",
  async (verifier) => {
    // 3 drafts and a bonus token, twice: 8 tokens. The target is called twice for 4 rows each, the draft 6 times.
    expect(await cost(supersede(says("q", one), says("p", one)), draftOf(3, { maxTokens: 8, verifier }))).toEqual({
      tokens: "11111111",
      calls: 8,
      terms: [
        [6, 6],
        [2, 8]
      ],
      stages: [[2, 6, 6]]
    })
  }
)

test.each(verifierNames)(
  "%s: without bonus tokens three to a call; the draft goes on where it stood",
  async (verifier) => {
    // 3 + 3 + 2 drafts; the last row of each block is the one before its last draft
    const options = { maxTokens: 8, verifier, speculate: { order: [1, 2], draftLengths: [3], bonus: [false] } }
    expect(await cost(supersede(says("q", one), says("p", one)), options)).toEqual({
      tokens: "11111111",
      calls: 8 + 3,
      terms: [
        [8, 8],
        [3, 8]
      ],
      stages: [[3, 8, 8]]
    })
  }
)

test.each(verifierNames)(
  "%s: a draft that is never right, k = 3: one token to a call of the target",
  async (verifier) => {
    // Room for 4: 3, 2, 1 drafts are made before the 1st, 2nd, 3rd token, all in vain; the last token is drawn without one.
    // The target is asked for 4, 3, 2 rows and 1 row; behind a draft that was not kept, those rows are of no use.
    expect(
      await cost(
        supersede(
          says("q", () => 2),
          says("p", one)
        ),
        draftOf(3, { maxTokens: 4, verifier })
      )
    ).toEqual({
      tokens: "1111",
      calls: 3 + 2 + 1 + 4,
      terms: [
        [6, 6],
        [4, 4 + 3 + 2 + 1]
      ],
      stages: [[4, 6, 0]]
    })
  }
)

test.each(verifierNames)(
  "%s: end-of-text in a draft ends the block, and no row behind it is asked for",
  async (verifier) => {
    // 1, 1, then 3, which ends: one block of three drafts, three rows of the target, no bonus token
    const spoken = (length: number) => (length < 3 ? 1 : 3)
    expect(
      await cost(
        supersede(says("q", spoken, { end: 3 }), says("p", spoken, { end: 3 })),
        draftOf(5, { maxTokens: 50, verifier })
      )
    ).toEqual({
      tokens: "113",
      calls: 4,
      terms: [
        [3, 3],
        [1, 3]
      ],
      stages: [[1, 3, 3]]
    })
  }
)

test("end-of-text in place of a draft, or behind a block, ends the text", async () => {
  // the draft never ends, the target behind two tokens: the third draft is replaced by the end
  const ends = (length: number) => (length < 3 ? 1 : 3)
  expect(
    await cost(supersede(says("q", one, { end: 3 }), says("p", ends, { end: 3 })), draftOf(4, { maxTokens: 50 }))
  ).toMatchObject({
    tokens: "113",
    calls: 5,
    stages: [[1, 4, 2]]
  })
  expect(
    await cost(supersede(says("q", one, { end: 3 }), says("p", ends, { end: 3 })), draftOf(2, { maxTokens: 50 }))
  ).toMatchObject({
    tokens: "113",
    calls: 3,
    stages: [[1, 2, 2]]
  })
})

test("maxTokens: nothing is drafted beyond it", async () => {
  const formula = supersede(says("q", one), says("p", one))
  // one token: drawn, without a draft
  expect(await cost(formula, draftOf(3, { maxTokens: 1 }))).toMatchObject({
    calls: 1,
    stages: [[1, 0, 0]],
    terms: [
      [0, 0],
      [1, 1]
    ]
  })
  // two: one draft and the bonus token
  expect(await cost(formula, draftOf(3, { maxTokens: 2 }))).toMatchObject({ calls: 2, stages: [[1, 1, 1]] })
  // five: 3 drafts and a bonus token, then a token drawn
  expect(await cost(formula, draftOf(3, { maxTokens: 5 }))).toMatchObject({ calls: 5, stages: [[2, 3, 3]] })
  expect(await cost(formula, draftOf(3, { maxTokens: 0 }))).toMatchObject({ calls: 0, tokens: "", stages: [[0, 0, 0]] })
})

test("a draft that knows nothing costs a call for each token, and nothing is checked", async () => {
  const flat = model(fromFunction(4, () => [0, 0, 0, 0]))
  expect(await cost(supersede(flat, says("p", one)), draftOf(3, { maxTokens: 3 }))).toEqual({
    tokens: "111",
    // no draft is asked for the last token
    calls: 2 + 3,
    terms: [
      [2, 2],
      [3, 3]
    ],
    stages: [[3, 0, 0]]
  })
})

test("a term of the draft is not asked twice: what it said while drafting is remembered", async () => {
  // q + p, k = 3, no bonus token by default. Drafts by q; the stage finds q's rows, and asks p alone.
  const sum = add(says("q", one), says("p", one))
  expect(await cost(sum, draftOf(3, { maxTokens: 6 }))).toEqual({
    tokens: "111111",
    calls: 6 + 2,
    terms: [
      [6, 6],
      [2, 6]
    ],
    stages: [[2, 6, 6]]
  })
  // with one, q is asked for the row behind the block as well: 3 + 1 times for 4 tokens
  const bonus = { speculate: { order: [1, 2], draftLengths: [3], bonus: [true] }, maxTokens: 4 }
  expect(await cost(sum, bonus)).toEqual({
    tokens: "1111",
    calls: 3 + 2,
    terms: [
      [4, 4],
      [1, 4]
    ],
    stages: [[1, 3, 3]]
  })
})

test("three stages: blocks of the second are the drafts of the third", async () => {
  const formula = supersede(supersede(says("a", one), says("b", one)), says("c", one))
  // b checks one draft and adds one: two tokens for one call of each. c checks two and adds one: three for two calls of a and
  // b together. Six tokens: twice that.
  const options = { speculate: { order: [1, 2, 3], draftLengths: [1, 2] }, maxTokens: 6 }
  expect(await cost(formula, options)).toEqual({
    tokens: "111111",
    calls: 2 + 2 + 2,
    terms: [
      [2, 2],
      [2, 4],
      [2, 6]
    ],
    stages: [
      [2, 2, 2],
      [2, 4, 4]
    ]
  })
})

test("terms on one model go in one call, in every stage", async () => {
  const shared = fromFunction(4, (context) => [0, context.length / 9, 0, -context.length])
  const [q, p] = [model(shared), model(fromFunction(4, (context) => [0, context.length / 9, 0, 0]))]
  const formula = add(scale(q, 2), p)
  const { calls, terms } = await cost(formula, { maxTokens: 5, speculate: "off" })
  expect([calls, terms]).toEqual([
    10,
    [
      [5, 5],
      [5, 5]
    ]
  ])
})

test("a draft whose window is full proposes no more; the text goes on", async () => {
  // a window of 3: rows behind 1, 2 and 3 tokens, the prompt among them
  const formula = supersede(says("q", one, { window: 3 }), says("p", one))
  expect(await cost(formula, draftOf(2, { maxTokens: 6 }))).toEqual({
    tokens: "111111",
    // 2 drafts and a bonus token, then the draft has no room: 3 tokens one by one
    calls: 2 + 1 + 3,
    terms: [
      [2, 2],
      [4, 3 + 3]
    ],
    stages: [[4, 2, 2]]
  })
})

test("a draft whose window the prompt overfills proposes nothing", async () => {
  const formula = supersede(says("q", one, { window: 3 }), says("p", one))
  expect(await cost(formula, draftOf(2, { maxTokens: 3, prompt: [0, 0, 0, 0] }))).toEqual({
    tokens: "111",
    calls: 3,
    terms: [
      [0, 0],
      [3, 3]
    ],
    stages: [[3, 0, 0]]
  })
})

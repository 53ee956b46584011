import { expect, test } from "bun:test"
import { Effect, Stream } from "effect"
import { Formula, Generation, LanguageModel, LogitStream, Sampling, Speculation } from "polylogit"
import * as Testing from "polylogit/testing"

/*
 * A suite as a user of the package writes it, with public names only: an operator, a sampler and a model of one's own,
 * each tried by the laws that those of the package keep. After each comes one that is wrong, and is found to be.
 */

const run = Effect.runPromise
const broken = <A>(effect: Effect.Effect<A, Testing.LawBroken>) => run(Effect.flip(effect))

/** An operator: the mean of two terms, the second with its scores halved. */
const halve = (scores: Float64Array) => scores.map((x) => x / 2)
const blend: Testing.laws.Operator = {
  name: "blend",
  arity: 2,
  formula: (a, b) => Formula.scale(Formula.add(a!, Formula.map(b!, "halve", halve)), 0.5),
  rows: (a, b) => LogitStream.scale(LogitStream.add(a!, LogitStream.map(b!, halve)), 0.5)
}

test("my operator", () => run(Testing.laws.operator(blend)), 30_000)

test("an operator that counts its calls is none", async () => {
  let calls = 0
  const drifts = (scores: Float64Array) => {
    calls++
    return scores.map((x, token) => (token === 0 ? x + calls / 10 : x))
  }
  const operator = { name: "drifts", arity: 1, formula: (a: Formula.Formula) => Formula.map(a, "drifts", drifts) }
  const { law, message } = await broken(Testing.laws.operator(operator))
  expect(law).toBe("drifts is a function of the context")
  expect(message).toContain("Asked again, after")
})

test("an operator that is another one on streams", async () => {
  const operator = { ...blend, rows: (a: Rows, b: Rows) => LogitStream.scale(LogitStream.add(a, b), 0.5) }
  const { counterexample, message } = await broken(Testing.laws.operator(operator as Testing.laws.Operator))
  expect(message).toContain("Not so: blend is on formulas what it is on streams. The rows of the formula are not what")
  expect(message).toContain("the score of token 0 is")
  expect((counterexample as { readonly completion: ReadonlyArray<number> }).completion).toHaveLength(1)
})
type Rows = LogitStream.LogitStream<unknown>

test("my sampler: one that drafts", () => {
  const sampler = ({ draft, target, ...parts }: Testing.laws.SamplerParts) =>
    Speculation.verify(target, 2, { ...parts, stage: 1 })(Sampling.propose(draft, { ...parts, stage: 0 }))
  return run(Testing.laws.sampler(sampler, { numRuns: 40 }))
}, 30_000)

test("a sampler that keeps every draft is none", async () => {
  const sampler = ({ draft, target, ...parts }: Testing.laws.SamplerParts) => {
    const rule: Speculation.Rule = ({ drafts, laws, position }, ask) => {
      const last = laws[drafts.length]
      return { kept: drafts.length, next: last && ask.draw(position + drafts.length, last.probs) }
    }
    return Speculation.verify(target, 2, { ...parts, stage: 1, rule })(Sampling.propose(draft, { ...parts, stage: 0 }))
  }
  const { law, message } = await broken(Testing.laws.sampler(sampler))
  expect(law).toBe("a sampler follows the law of its target")
  expect(message).toContain("The law of its texts is off by a total variation of")
})

test("my model", () => {
  const echo = LanguageModel.fromFunction(4, (context) =>
    [0, 1, 2, 3].map((token) => (token === context.at(-1) ? 1 : 0))
  )
  return run(Testing.laws.languageModel(echo))
})

test("a model that remembers is none", async () => {
  let asked = 0
  const model = LanguageModel.fromFunction(2, () => [asked++, 0])
  const { law, message } = await broken(Testing.laws.languageModel(model))
  expect(law).toBe("rows of one call equal rows of many")
  expect(message).toContain("The rows differ by")
})

test("the law of a whole generation, with and without drafts", async () => {
  const terms = [
    [
      [1, 0],
      [0, 1]
    ],
    [
      [0, 1],
      [2, 0]
    ]
  ].map((rows) => Formula.model(LanguageModel.table(rows)))
  const law = (options: {
    readonly speculate?: { readonly order: Array<number>; readonly draftLengths: Array<number> }
  }) => {
    const events = Generation.events(Formula.add(terms[0]!, terms[1]!), { prompt: [0], maxTokens: 3, ...options })
    const tokens = Effect.map(Stream.runCollect(events), (all) =>
      all.flatMap((event) => (event._tag === "Token" ? [event.token] : []))
    )
    return Effect.map(Testing.exactLaw(tokens), (exact) => Testing.keyed(exact))
  }
  const plain = await run(law({}))
  const drafted = await run(law({ speculate: { order: [1, 2], draftLengths: [2] } }))
  expect(Testing.distance(plain, drafted)).toBeLessThan(1e-12)
})

import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Formula, LanguageModel } from "polylogit"
import { evaluate } from "../../src/formula/evaluate.ts"
import { plan } from "../../src/formula/plan.ts"
import { RowProblem } from "../../src/logits/row.ts"
import { divide } from "../../src/logits/weighted_row.ts"
import { law } from "../../src/sampling/law.ts"
import type { SamplingOptions } from "../../src/sampling/options.ts"
import golden from "../golden/formulas/stories260k.json"
import { distance } from "../support/rows.ts"

/** The rows of the reference implementation of arXiv:2311.14479 for formulas over the rows of a small model. */
interface Case {
  readonly id: string
  readonly text: string
  readonly tolerance: number | null
  readonly pending?: ReadonlyArray<string>
  readonly sampling?: SamplingOptions
  readonly results: ReadonlyArray<{
    readonly context: number
    readonly logProbs: ReadonlyArray<number | null>
    /** What ought to come out where the reference differs: a row, or why there is none. */
    readonly specification?: ReadonlyArray<number | null> | string
  }>
}

const formulas = (golden.formulas as ReadonlyArray<unknown> as ReadonlyArray<Case>).filter(
  ({ text }) => !text.includes("classifier(")
)
const leaves = golden.contexts.map((context) => context.leaves as Readonly<Record<string, { logits: Array<number> }>>)
const toRow = (row: ReadonlyArray<number | null>) => Float64Array.from(row, (x) => x ?? Number.NEGATIVE_INFINITY)

const bind = (context: number) =>
  Object.fromEntries(
    Object.entries(leaves[context]!).map(([name, { logits }]) => [name, Formula.row(toRow(logits), { name })])
  )
const names = leaves.map((_, context) => bind(context))
const parsed = (one: Case, context: number) => Formula.parseUnsafe(one.text, { names: names[context]! })
const isPending = (one: Case) => (leaf: Formula.Any) =>
  leaf._tag === "Row" && leaf.name !== undefined && (one.pending ?? []).includes(leaf.name)

/** The law at a context as log-probabilities, or why there is none. */
const evaluated = (one: Case, context: number, exact: boolean): Float64Array | string => {
  const pending = isPending(one)
  const row = evaluate(plan(parsed(one, context), { exact, pending }), {
    rows: (leaf) => (leaf._tag === "Row" && !pending(leaf) ? Float64Array.from(leaf.logits) : undefined),
    position: 0,
    vocabularySize: golden.vocabularySize
  })
  if (Result.isFailure(row)) return row.failure.message
  if (row.success._tag === "Pending") return "pending"
  const scores = divide(row.success)
  const drawn = scores instanceof RowProblem ? scores : law(scores, one.sampling ?? {}, { prompt: [], completion: [] })
  return drawn instanceof RowProblem ? drawn.reason : drawn.probs.map(Math.log)
}

// The tolerance of the reference is that of its float32 arithmetic; "-0.6 * adult" says what its weight is.
for (const exact of [true, false]) {
  describe(`${exact ? "exact" : "fast"} rows equal those of the reference`, () => {
    for (const one of formulas) {
      test(`${one.id}: ${one.text}`, () => {
        for (const { context, logProbs, specification } of one.results) {
          const wanted = specification ?? logProbs
          const came = evaluated(one, context, exact)
          if (typeof wanted === "string") expect(typeof came).toBe("string")
          else if (typeof came === "string") expect(came).toBe("a row")
          else expect(distance(came, toRow(wanted))).toBeLessThanOrEqual(one.tolerance ?? 1e-4)
        }
      })
    }
  })
}

describe("formulas that are no distribution whatever the models say are refused when built", () => {
  const refused: Readonly<Record<string, string>> = {
    "open-29":
      "Cannot give a negative coefficient to a term with impossible tokens (-Infinity): -0.5 * topK(adult, 10)",
    "open-33":
      "Cannot normalize a formula whose total weight may not be positive: it lies between -6 and 1 (cautious bounds; the models may never reach the lower one): union(child, -6 * uniform())",
    "open-43": "Cannot normalize a formula whose total weight is not positive: it is -0.7: 0.5 * child - 1.2 * adult",
    "open-44": "Cannot normalize a formula whose total weight is not positive: it is 0: child - adult",
    "open-45":
      "Cannot normalize a formula whose total weight may not be positive: it lies between 0 and 1 (cautious bounds; the models may never reach the lower one): union(child, 2 * magic) - child"
  }
  for (const one of formulas) {
    test(`${one.id}: ${one.text}`, () => {
      const check = Formula.check(parsed(one, 0), { pending: isPending(one) })
      expect(Result.isFailure(check) ? check.failure.message : undefined).toBe(refused[one.id])
    })
  }
})

describe("classifier terms equal those of the reference", () => {
  const classifiers = golden.contexts.map((context) => context.classifiers.tone)
  const own = (golden.formulas as ReadonlyArray<unknown> as ReadonlyArray<Case>).filter(({ text }) =>
    text.includes("classifier(")
  )
  for (const one of own) {
    test(`${one.id}: ${one.text}`, async () => {
      for (const { context, logProbs } of one.results) {
        const { logitOfClassWithToken, logitOfClassWithoutToken } = classifiers[context]!
        // the text so far is token 0 alone: what stands behind it tells which logit the reference had
        const tone = LanguageModel.makeClassifier({
          name: "tone",
          labels: ["tone"],
          probabilities: "sigmoid",
          run: (texts) =>
            Effect.succeed(
              texts.map((text) =>
                Float32Array.of(
                  text.length === 1 ? logitOfClassWithoutToken : logitOfClassWithToken[text[1] as number]!
                )
              )
            )
        })
        const named = { ...names[context]!, tone: Formula.classifier(tone) }
        const stream = Stream.make({ prompt: [0], completion: [] })
        const formula = Formula.parseUnsafe(one.text, { names: named }) as Formula.Formula
        const law = Formula.logits(formula)(stream)
        const [row] = await Effect.runPromise(Stream.runCollect(law))
        expect(distance(row!, toRow(logProbs))).toBeLessThanOrEqual(one.tolerance!)
      }
    })
  }
  test("there are three", () => expect(own.length).toBe(3))
})

test("the file is whole: 53 formulas without classifiers on 6 contexts, all leaves of 512 tokens", () => {
  expect(formulas.length).toBe(53)
  expect(formulas.every((one) => one.results.length === 6)).toBe(true)
  expect(leaves.every((of) => Object.values(of).every(({ logits }) => logits.length === 512))).toBe(true)
})

import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { weighted } from "../../formula/denote.ts"
import type { Any, Formula } from "../../formula/formula.ts"
import { model } from "../../formula/leaves.ts"
import { supersede } from "../../formula/operators.ts"
import { partial } from "../../formula/partial.ts"
import { prepare } from "../../formula/prepare.ts"
import { events } from "../../generation/generate.ts"
import type { LogitStream } from "../../logit_stream/lift.ts"
import { type Weighted, weightAt } from "../../logits/weighted_row.ts"
import type { Context } from "../../model/context.ts"
import type { LanguageModel } from "../../model/language_model.ts"
import { target } from "../../sampling/target.ts"
import type { Plan } from "../../speculation/plan.ts"
import type { TokenId } from "../../vocabulary/vocabulary.ts"
import { type RowsOptions, shown, tableModels } from "../arbitraries/models.ts"
import { plans } from "../arbitraries/plans.ts"
import { distance, exactLaw, keyed, TooManyPaths } from "../exact_law.ts"
import { plainLaw } from "../plain_law.ts"

type Rows = LogitStream<unknown>

/** An operator of your own: from formulas to a formula of positive weight. */
export interface Operator {
  readonly name: string
  /** How many operands it takes, one at least. */
  readonly arity: number
  readonly formula: (...operands: ReadonlyArray<Formula>) => Formula
  /** The same on streams of weighted rows, if it has that form. */
  readonly rows?: ((...operands: ReadonlyArray<Rows>) => Rows) | undefined
}

/** Operands, contexts that grow by one token, and a model that drafts with a plan for it. */
export interface OperatorCase {
  readonly models: ReadonlyArray<LanguageModel>
  readonly first: TokenId
  readonly completion: ReadonlyArray<TokenId>
  readonly draft: LanguageModel
  readonly plan: Plan
}

/** Random operands of an operator, and the rest. */
export const operatorCases = (
  { arity, formula }: Operator,
  { impossible, vocabularySize = 3 }: RowsOptions & { readonly vocabularySize?: number | undefined }
): fc.Arbitrary<OperatorCase> => {
  const token = fc.nat(vocabularySize - 1)
  const one = (name: string) => tableModels(vocabularySize, { name, impossible })
  return fc
    .record({
      models: fc.tuple(...Array.from({ length: arity }, (_, i) => one(`m${i + 1}`))),
      first: token,
      completion: fc.array(token, { minLength: 1, maxLength: 3 }),
      draft: one("draft")
    })
    .chain((given) => {
      const whole = supersede(model(given.draft), formula(...given.models.map((of) => model(of))))
      return plans(whole, { maxDraftLength: 2 }).map((plan) => ({ ...given, plan }))
    })
    .map((given) => shown(given, () => fc.stringify({ ...given })))
}

/** Why two weighted rows that ought to be equal are not. */
const apart = (a: Weighted, b: Weighted, tolerance: number): string | undefined => {
  if (a._tag === "Pending" || b._tag === "Pending") return a._tag === b._tag ? undefined : `${a._tag} is not ${b._tag}`
  if (a.scores.length !== b.scores.length) return `a row has ${a.scores.length} scores, the other ${b.scores.length}`
  for (let i = 0; i < a.scores.length; i++) {
    for (const [what, x, y] of [
      ["score", a.scores[i]!, b.scores[i]!],
      ["weight", weightAt(a, i), weightAt(b, i)]
    ] as const) {
      if (x !== y && !(Math.abs(x - y) <= tolerance)) return `the ${what} of token ${i} is ${x}, and ${y}`
    }
  }
  return undefined
}

const firstOf = (reasons: ReadonlyArray<string | undefined>, what: string) => {
  const reason = reasons.find((one) => one !== undefined)
  return reason && `${what}: ${reason}`
}

/** Its rows for contexts that grow, and those of the same contexts in other ways. */
export const isPure =
  ({ formula }: Operator, tolerance: number) =>
  (given: OperatorCase) =>
    Effect.gen(function* () {
      const { completion, first } = given
      const ready = yield* prepare(formula(...given.models.map((of) => model(of))), { exact: true })
      const all = yield* ready.rows({ prompt: [first], completion }, 0)
      const bad = all.findIndex(
        (row) => row._tag === "Pending" || row.scores.some((x) => !(x < Number.POSITIVE_INFINITY))
      )
      if (bad >= 0) return `The row after ${bad} tokens has a score that is none`
      for (const n of [...all.keys()].reverse()) {
        const [row] = yield* ready.rows({ prompt: [first], completion: completion.slice(0, n) }, n)
        const reason = apart(all[n]!, row!, tolerance)
        if (reason !== undefined) return `Asked again, after ${n} tokens, ${reason}`
      }
      return undefined
    })

/** Weighted rows of its formula, and what it makes of the weighted rows of its operands. */
export const commutes =
  ({ formula, rows }: Operator, tolerance: number) =>
  (given: OperatorCase) =>
    Effect.gen(function* () {
      const { completion, first, models } = given
      const contexts = Array.from(
        { length: completion.length + 1 },
        (_, n): Context => ({ prompt: [first], completion: completion.slice(0, n) })
      )
      const along = (one: Formula) => weighted(one)(Stream.fromIterable(contexts))
      const whole = yield* Stream.runCollect(along(formula(...models.map((of) => model(of)))))
      const lifted = yield* Stream.runCollect(rows!(...models.map((of): Rows => along(model(of)))))
      if (whole.length !== lifted.length) return `There are ${lifted.length} rows for ${whole.length} contexts`
      return firstOf(
        whole.map((row, i) => apart(row, lifted[i]!, tolerance)),
        "The rows of the formula are not what the operator makes of its operands' rows"
      )
    })

/** Its rows while an operand is pending, and those of the partial formula. */
export const isPartial =
  ({ arity, formula }: Operator, tolerance: number) =>
  (given: OperatorCase) =>
    Effect.gen(function* () {
      const leaves = given.models.map((of) => model(of))
      const whole = formula(...leaves)
      const context = { prompt: [given.first], completion: given.completion }
      for (let i = 0; i < arity; i++) {
        const pending = (leaf: Any) => leaf._tag === "Model" && leaf.model === given.models[i]
        const left = partial(whole, pending)
        const options = { exact: true, normalize: "none" } as const
        const ready = yield* Effect.result(prepare(whole, { ...options, pending }))
        if (left === undefined || Result.isFailure(ready)) {
          if ((left === undefined) !== Result.isFailure(ready))
            return `While operand ${i + 1} is pending, it is not its partial formula`
          continue
        }
        const [row] = yield* ready.success.rows(context, given.completion.length)
        const alone = yield* prepare(left as Formula, { ...options, vocabularySize: ready.success.vocabulary.size })
        const [expected] = yield* alone.rows(context, given.completion.length)
        const reason = apart(row!, expected!, tolerance)
        if (reason !== undefined) return `While operand ${i + 1} is pending, ${reason}`
      }
      return undefined
    })

/** The law of what is generated with a draft, and that of the formula. */
export const keepsLaw =
  ({ formula }: Operator) =>
  (given: OperatorCase) =>
    Effect.gen(function* () {
      const maxTokens = 2
      const prompt = [given.first]
      const own = formula(...given.models.map((of) => model(of)))
      const ready = yield* prepare(own)
      const { laws } = target(ready, { sampling: {}, promptTokens: prompt, maxTokens })
      const next = new Map<string, Float64Array>()
      for (const completion of [[], ...Array.from({ length: ready.vocabulary.size }, (_, token) => [token])]) {
        const [law] = yield* laws({ prompt, completion }, completion.length)
        next.set(completion.join(), law!.probs)
      }
      const expected = plainLaw((completion) => ({ probs: next.get(completion.join())! }), { maxTokens })
      const generation = events(supersede(model(given.draft), own), { prompt, maxTokens, speculate: given.plan })
      const run = Effect.map(Stream.runCollect(generation), (all) =>
        all.flatMap((event) => (event._tag === "Token" ? [event.token] : []))
      )
      const law = yield* Effect.result(exactLaw(run, { maxPaths: 300 }))
      if (Result.isFailure(law)) return law.failure instanceof TooManyPaths ? undefined : law.failure.message
      const far = distance(keyed(law.success), keyed(expected))
      return far < 1e-10 ? undefined : `With drafts the law of the texts is off by a total variation of ${far}`
    })

import * as Result from "effect/Result"
import * as fc from "fast-check"
import { check } from "../../formula/check.ts"
import { postorder } from "../../formula/fold.ts"
import type { Any, Formula } from "../../formula/formula.ts"
import { distinct } from "../../formula/identity.ts"
import { isLeaf, model } from "../../formula/leaves.ts"
import { print } from "../../formula/syntax/print.ts"
import type { LanguageModel } from "../../model/language_model.ts"
import type { Plan } from "../../speculation/plan.ts"
import type { Vocabulary } from "../../vocabulary/vocabulary.ts"
import { shapes } from "./formulas.ts"
import { shown, tableModels } from "./models.ts"

/** What plans are made of. */
export interface PlansOptions {
  /** The most tokens that are drafted at a time. Default 4. */
  readonly maxDraftLength?: number | undefined
}

/** Plans before the formula is known: how its terms stand in order and in groups. */
const outlines = ({ maxDraftLength = 4 }: PlansOptions): fc.Arbitrary<(formula: Any) => Plan> => {
  const most = 16
  const each = <A>(of: fc.Arbitrary<A>) => fc.array(of, { minLength: most, maxLength: most })
  return fc
    .record({
      rank: each(fc.nat(99)),
      begins: each(fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false))),
      lengths: each(fc.integer({ min: 1, max: maxDraftLength })),
      bonus: fc.option(each(fc.boolean()), { nil: undefined })
    })
    .map(({ begins, bonus, lengths, rank }) => (formula: Any): Plan => {
      const terms = postorder(distinct(formula))
        .filter(isLeaf)
        .flatMap((leaf, i) => (leaf._tag === "Row" ? [] : [i + 1]))
      const groups: Array<Array<number>> = []
      for (const [i, term] of terms.toSorted((a, b) => rank[a % most]! - rank[b % most]!).entries()) {
        if (i === 0 || begins[i % most]) groups.push([])
        groups.at(-1)!.push(term)
      }
      const behind = groups.slice(1).map((_, i) => i % most)
      const draftLengths = behind.map((i) => lengths[i]!)
      return { order: groups, draftLengths, ...(bonus && { bonus: behind.map((i) => bonus[i]!) }) }
    })
}

/** Plans for a formula: its terms in every order and grouping, with any draft lengths and bonus tokens. */
export const plans = (formula: Any, options: PlansOptions = {}): fc.Arbitrary<Plan> =>
  outlines(options).map((outline) => outline(formula))

/** A formula over table models with a plan to speculate by. */
export interface Planned {
  readonly formula: Formula
  readonly plan: Plan
  readonly models: ReadonlyArray<LanguageModel>
}

/** What formulas with plans are made of. */
export interface PlannedOptions extends PlansOptions {
  readonly vocabulary: Vocabulary | number
  /** Default 5. */
  readonly maxModels?: number | undefined
}

/**
 * Formulas over table models, some of them with impossible tokens, each with a plan for speculative sampling. Where
 * every token comes to be impossible a formula has no law: skip such a case.
 *
 * @example
 * ```ts
 * import * as fc from "fast-check"
 * import * as Testing from "polylogit/testing"
 *
 * const planned = Testing.plannedFormulas({ vocabulary: 3 })
 * fc.assert(fc.property(planned, ({ plan }) => plan.draftLengths.length === plan.order.length - 1))
 * ```
 */
export const plannedFormulas = (options: PlannedOptions): fc.Arbitrary<Planned> => {
  const { maxModels = 5, vocabulary } = options
  const one = (name: string) =>
    fc.oneof(
      { weight: 2, arbitrary: tableModels(vocabulary, { name }).map((made) => ({ made, rough: false })) },
      tableModels(vocabulary, { name, impossible: true }).map((made) => ({ made, rough: true }))
    )
  return fc
    .record({
      count: fc.integer({ min: 1, max: maxModels }),
      all: fc.tuple(...Array.from({ length: maxModels }, (_, i) => one(`m${i + 1}`))),
      shape: shapes(typeof vocabulary === "number" ? vocabulary : vocabulary.size),
      outline: outlines(options)
    })
    .map(({ all, count, outline, shape }) => {
      const drawn = all.slice(0, count)
      const models = drawn.map(({ made }) => made)
      const leaves = models.map((made) => model(made)) as [Formula, ...Array<Formula>]
      const formula = shape({ leaves, possible: leaves.filter((_, i) => !drawn[i]!.rough) })
      const plan = outline(formula)
      return shown({ formula, plan, models }, () => {
        const over = models.map((one) => fc.stringify(one)).join(", ")
        return `${print(formula)} by ${JSON.stringify(plan)} over ${over}`
      })
    })
    .filter(({ formula }) => Result.isSuccess(check(formula)))
}

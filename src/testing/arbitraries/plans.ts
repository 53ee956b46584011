import * as fc from "fast-check"
import { postorder } from "../../formula/fold.ts"
import type { Any, Formula } from "../../formula/formula.ts"
import { distinct } from "../../formula/identity.ts"
import { isLeaf, model } from "../../formula/leaves.ts"
import { print } from "../../formula/syntax/print.ts"
import type { LanguageModel } from "../../model/language_model.ts"
import type { Plan } from "../../speculation/plan.ts"
import type { Vocabulary } from "../../vocabulary/vocabulary.ts"
import { formulas } from "./formulas.ts"
import { shown, tableModels } from "./models.ts"

/** What plans are made of. */
export interface PlansOptions {
  /** The most tokens that are drafted at a time. Default 4. */
  readonly maxDraftLength?: number | undefined
}

/** Plans for a formula: its terms in every order and grouping, with any draft lengths and bonus tokens. */
export const plans = (formula: Any, { maxDraftLength = 4 }: PlansOptions = {}): fc.Arbitrary<Plan> => {
  const terms = postorder(distinct(formula))
    .filter(isLeaf)
    .flatMap((leaf, i) => (leaf._tag === "Row" ? [] : [i + 1]))
  const each = <A>(of: fc.Arbitrary<A>) => fc.array(of, { minLength: terms.length, maxLength: terms.length })
  return fc
    .record({
      order: fc.shuffledSubarray(terms, { minLength: terms.length }),
      begins: each(fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false))),
      lengths: each(fc.integer({ min: 1, max: maxDraftLength })),
      bonus: fc.option(each(fc.boolean()), { nil: undefined })
    })
    .map(({ begins, bonus, lengths, order }) => {
      const groups: Array<Array<number>> = []
      for (const [i, term] of order.entries()) {
        if (i === 0 || begins[i]) groups.push([])
        groups.at(-1)!.push(term)
      }
      const more = groups.length - 1
      return { order: groups, draftLengths: lengths.slice(0, more), ...(bonus && { bonus: bonus.slice(0, more) }) }
    })
}

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
  const vocabularySize = typeof vocabulary === "number" ? vocabulary : vocabulary.size
  const one = (name: string) =>
    fc
      .oneof({ weight: 2, arbitrary: fc.constant(false) }, fc.constant(true))
      .chain((impossible) => tableModels(vocabulary, { name, impossible }).map((made) => ({ impossible, made })))
  return fc
    .integer({ min: 1, max: maxModels })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => one(`m${i + 1}`))))
    .chain((drawn) => {
      const models = drawn.map(({ made }) => made)
      const leaves = models.map((made) => model(made)) as [Formula, ...Array<Formula>]
      const possible = leaves.filter((_, i) => !drawn[i]!.impossible)
      return formulas({ leaves, possible, vocabularySize }).chain((formula) =>
        plans(formula, options).map((plan) =>
          shown({ formula, plan, models }, () => {
            const over = models.map((one) => fc.stringify(one)).join(", ")
            return `${print(formula)} by ${JSON.stringify(plan)} over ${over}`
          })
        )
      )
    })
}

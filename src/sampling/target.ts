import * as Effect from "effect/Effect"
import { EvaluationError } from "../formula/errors.ts"
import type { Prepared, RowError } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import { excerpt } from "../formula/syntax/print.ts"
import { describe, RowProblem } from "../logits/row.ts"
import { divide } from "../logits/weighted_row.ts"
import type { Context } from "../model/context.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { type Law, law } from "./law.ts"
import type { SamplingOptions } from "./options.ts"
import { hasPenalties } from "./penalties.ts"

/** The law that a stage follows, as a function of the text so far, and where it ends. */
export interface Target<E = RowError, R = never> {
  /**
   * The laws after the first `from`, …, `completion.length` tokens of the completion, in one call. Fewer where there is
   * no law from some place on: a stage goes as far as they do, and ends where there is none.
   */
  readonly laws: (context: Context, from: number) => Effect.Effect<ReadonlyArray<Law>, E, R>
  /** Tokens that end the text. */
  readonly end: ReadonlyArray<TokenId>
  /** No token follows a completion of this length. */
  readonly maxTokens: number
}

/** What becomes of a formula's law before a token is drawn. */
export interface TargetOptions {
  readonly sampling: SamplingOptions
  /** The user's prompt as tokens, for the repetition penalty. */
  readonly promptTokens: ReadonlyArray<TokenId>
  readonly maxTokens: number
  /** Whether there may be no law at all: for drafts, which are dispensable. Otherwise that is an error. Default false. */
  readonly dispensable?: boolean | undefined
  /** Where rows are looked for before a model is asked. */
  readonly memory?: RowMemory | undefined
}

/**
 * A formula as a target: sampling options applied, each law with the penalties of its own prefix. Models have to give
 * rows behind every context that is drafted, also where it is not kept: one that fails there fails the run.
 */
export const target = (prepared: Prepared, options: TargetOptions): Target => {
  const penalized = hasPenalties(options.sampling)
  const all = (context: Context, from: number): Effect.Effect<ReadonlyArray<Law>, RowError> =>
    Effect.flatMap(prepared.rows(context, from, options.memory), (rows) => {
      const laws: Array<Law> = []
      for (const [i, row] of rows.entries()) {
        const scores = row._tag === "WeightedRow" ? divide(row, prepared.normalize) : new RowProblem("nothing")
        const completion = penalized ? context.completion.slice(0, from + i) : []
        const history = { prompt: options.promptTokens, completion }
        const result = scores instanceof RowProblem ? scores : law(scores, options.sampling, history)
        if (result instanceof RowProblem) return Effect.fail(problem(prepared, result))
        laws.push(result)
      }
      return Effect.succeed(laws)
    })
  // what comes after a token that is not out yet may never be needed: its problem is told when the text comes there
  const laws = (context: Context, from: number): Effect.Effect<ReadonlyArray<Law>, RowError> =>
    Effect.catchTag(all(context, from), "EvaluationError", (error) => {
      const { completion, prompt } = context
      if (completion.length > from) return laws({ prompt, completion: completion.slice(0, -1) }, from)
      return options.dispensable && isLawless(error) ? Effect.succeed([]) : Effect.fail(error)
    })
  return { end: prepared.vocabulary.special.end, maxTokens: options.maxTokens, laws }
}

/** A formula without a law somewhere, as opposed to a row that no model may give. */
const isLawless = ({ reason }: EvaluationError): boolean =>
  reason === "impossible" || reason === "nothing" || reason === "weight"

const problem = (prepared: Prepared, reason: RowProblem) => {
  const part = excerpt(prepared.formula)
  return new EvaluationError({
    part,
    reason: reason.reason,
    message: `Cannot sample from ${part}: ${describe(reason)}`
  })
}

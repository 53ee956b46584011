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

/** The law that a stage follows, as a function of the text so far, and where it ends. */
export interface Target<E = RowError, R = never> {
  /** The laws after the first `from`, …, `completion.length` tokens of the completion, in one call. */
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
  /** Where rows are looked for before a model is asked. */
  readonly memory?: RowMemory | undefined
}

/** A formula as a target: sampling options applied, each law with the penalties of its own prefix. */
export const target = (prepared: Prepared, options: TargetOptions): Target => ({
  end: prepared.vocabulary.special.end,
  maxTokens: options.maxTokens,
  laws: (context, from) =>
    Effect.flatMap(prepared.rows(context, from, options.memory), (rows) => {
      const laws: Array<Law> = []
      for (const [i, row] of rows.entries()) {
        const scores = row._tag === "WeightedRow" ? divide(row, prepared.normalize) : new RowProblem("nothing")
        const history = { prompt: options.promptTokens, completion: context.completion.slice(0, from + i) }
        const result = scores instanceof RowProblem ? scores : law(scores, options.sampling, history)
        if (result instanceof RowProblem) return Effect.fail(problem(prepared, result))
        laws.push(result)
      }
      return Effect.succeed(laws)
    })
})

const problem = (prepared: Prepared, reason: RowProblem) => {
  const part = excerpt(prepared.formula)
  return new EvaluationError({ part, message: `Cannot sample from ${part}: ${describe(reason)}` })
}

import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { EvaluationError } from "../formula/errors.ts"
import type { Prepared, RowError } from "../formula/prepare.ts"
import { excerpt } from "../formula/syntax/print.ts"
import { describe, RowProblem } from "../logits/row.ts"
import { divide } from "../logits/weighted_row.ts"
import type { Context } from "../model/context.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { Chance } from "./chance.ts"
import { type Law, law } from "./law.ts"
import type { SamplingOptions } from "./options.ts"

/** A token with the law that it was drawn from. */
export interface Drafted {
  readonly token: TokenId
  readonly law: Law
}

/**
 * One step of the chain that generates: from a context, a stream of tokens drawn from the stage's own law. Rewinding is
 * closing the stream and opening the stage at an earlier context. No stage runs ahead of demand.
 */
export type Stage<E = RowError, R = never> = (from: Context) => Stream.Stream<Drafted, E, R>

/** What a stage needs besides its formula. */
export interface StageOptions {
  readonly sampling: SamplingOptions
  readonly chance: Chance
  readonly sequence: number
  /** The user's prompt as tokens, for the repetition penalty. */
  readonly promptTokens: ReadonlyArray<TokenId>
  /** The stream ends when the completion is this long. */
  readonly maxTokens: number
}

/**
 * The laws of a formula after the first `from`, …, `completion.length` tokens of the completion, sampling options
 * applied, each with the penalties of its own prefix; one call of each model for all of them.
 */
export const lawsAt = (
  prepared: Prepared,
  options: Pick<StageOptions, "sampling" | "promptTokens">,
  context: Context,
  from: number
): Effect.Effect<ReadonlyArray<Law>, RowError> =>
  Effect.flatMap(prepared.rows(context, from), (rows) => {
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

/** The law of a formula at a context: what `propose` draws from. */
export const lawAt = (
  prepared: Prepared,
  options: Pick<StageOptions, "sampling" | "promptTokens">,
  context: Context
): Effect.Effect<Law, RowError> =>
  Effect.map(lawsAt(prepared, options, context, context.completion.length), (laws) => laws[0]!)

const problem = (prepared: Prepared, reason: RowProblem) => {
  const part = excerpt(prepared.formula)
  return new EvaluationError({ part, message: `Cannot sample from ${part}: ${describe(reason)}` })
}

/**
 * The first stage: draws one token after another from a formula's law. The stream ends after an end-of-text token, and
 * when the completion is `maxTokens` long, without asking for a row that is not needed.
 */
export const propose =
  (prepared: Prepared, options: StageOptions): Stage =>
  (from) =>
    Stream.fromPull(
      Effect.sync(() => {
        let { completion } = from
        let ended = false
        return Effect.suspend((): Pull.Pull<readonly [Drafted], RowError> => {
          if (ended || completion.length >= options.maxTokens) return Cause.done()
          return Effect.map(lawAt(prepared, options, { prompt: from.prompt, completion }), (current) => {
            const place = { sequence: options.sequence, position: completion.length, stage: 0, round: 0 }
            const token = options.chance.draw(place, current.probs)
            completion = [...completion, token]
            ended = prepared.vocabulary.special.end.includes(token)
            return [{ token, law: current }] as const
          })
        })
      })
    )

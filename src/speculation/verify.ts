import type { RowError } from "../formula/prepare.ts"
import { spanned } from "../model/telemetry.ts"
import { drive, type Stage, type StageError, type StageOptions } from "../sampling/stage.ts"
import type { Target } from "../sampling/target.ts"
import type { Rule } from "./rule.ts"
import { type Verifier, verifiers } from "./verifier.ts"
import { verifying } from "./verifying.ts"

/** How a stage verifies. */
export interface VerifyOptions extends StageOptions {
  /** Default `block`. */
  readonly verifier?: Verifier | undefined
  /** In place of the verifier's own rule. */
  readonly rule?: Rule | undefined
  /** Whether a block that was kept whole is followed by one more token, where nothing drafted is left. Default true. */
  readonly bonus?: boolean | undefined
}

/**
 * A stage over another: takes drafted tokens with the laws that they were drawn from, at most `draftLength` of them in
 * one call of `target`, and gives tokens that follow `target`'s law, whatever the law of the drafts. When a draft is not
 * kept, or a bonus token drawn, the stage above begins again behind it; tokens of the stage above that were not checked
 * yet are the next block's.
 *
 * Errors: a `RangeError` is thrown where `draftLength` is no whole number from 1 on.
 *
 * Source: arXiv:2311.14479, Lemma 1 and section 4; its speculative factor is `draftLength + 1`.
 */
export const verify =
  <E = RowError, R = never>(target: Target<E, R>, draftLength: number, options: VerifyOptions) =>
  <E2, R2>(upstream: Stage<E2, R2>): Stage<E | E2 | StageError, R | R2> => {
    if (!Number.isInteger(draftLength) || draftLength < 1) {
      throw new RangeError(`Cannot draft ${draftLength} tokens: a draft length is a whole number from 1 on`)
    }
    const { bonus = true, rule = verifiers[options.verifier ?? "block"].rule } = options
    const laws: typeof target.laws = (context, from) =>
      spanned("polylogit.verify", {
        stage: options.stage,
        position: from,
        positions: context.completion.length - from + 1
      })(target.laws(context, from))
    return drive(verifying({ ...target, draftLength, rule, bonus }), { laws }, options)(upstream)
  }

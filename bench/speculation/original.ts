import { totalVariation } from "../../src/logits/divergence.ts"
import type { Probs } from "../../src/logits/row.ts"
import { softmax } from "../../src/logits/softmax.ts"

/** What the original adds to the denominator of its acceptance ratio. */
const epsilon = 1e-6

/** Which rule accepts. */
export interface OriginalOptions {
  /** The control: the same chain with the laws as they are and no epsilon. Default: the original as released. */
  readonly mended?: boolean
}

/**
 * The law that the speculation of the original implementation (eth-sri language-model-arithmetic, 6779b40, temperature
 * 1) gives a token whose partial formulas have the laws `stages`, first to last; in closed form, without a draw.
 *
 * The token is drawn from the first law. Each later stage accepts it with min(1, p / (q + epsilon)), else it draws
 * from max(0, p - q), normalized. From the third stage on, q is not the law of the stage before: where the original
 * keeps that law to compare with, it keeps probabilities in the place of log-probabilities, and puts them through the
 * softmax once more. The right law is the last one.
 *
 * By hand, four tokens: q1 = q2 = (1, 0, 0, 0), q3 = (1/4, 1/4, 1/4, 1/4). Token 0 is drawn and, but for epsilon,
 * passes the second stage. The third compares with softmax(q2) = (e, 1, 1, 1) / (e + 3): it accepts with
 * (e + 3) / (4 e) = 1/4 + 3 / (4 e) = 0.526, where 1/4 were right, and the rest goes to the others in equal parts. The
 * total variation is 3 / (4 e) = 0.276.
 */
export const originalLaw = (stages: ReadonlyArray<Probs>, { mended = false }: OriginalOptions = {}): Probs =>
  stages.slice(1).reduce((law, target, i) => {
    const kept = stages[i]!
    return nextLaw(law, target, mended || i === 0 ? kept : softmaxed(kept), mended ? 0 : epsilon)
  }, stages[0]!)

/** How far the law of the original is from the right one, position by position: total variation. */
export const originalErrors = (
  rows: ReadonlyArray<ReadonlyArray<Probs>>,
  options: OriginalOptions = {}
): ReadonlyArray<number> => rows.map((stages) => totalVariation(originalLaw(stages, options), stages.at(-1)!))

/** The law after a stage with the law `target` has checked a token of the law `law` that it takes to be of `draft`. */
const nextLaw = (law: Probs, target: Probs, draft: Probs, added: number): Probs => {
  const next = new Float64Array(law.length)
  let rejected = 0
  let total = 0
  for (let i = 0; i < next.length; i++) {
    // a token that the draft never gives is never asked about
    const acceptance = law[i]! === 0 ? 1 : Math.min(1, target[i]! / (draft[i]! + added))
    next[i] = law[i]! * acceptance
    rejected += law[i]! * (1 - acceptance)
    total += Math.max(0, target[i]! - draft[i]!)
  }
  // equal laws leave no residual, and epsilon alone to reject with: the original stops there, this goes on
  const [residual, sum] = total > 0 ? [(p: number, q: number) => Math.max(0, p - q), total] : [(p: number) => p, 1]
  for (let i = 0; i < next.length; i++) next[i]! += (rejected * residual(target[i]!, draft[i]!)) / sum
  return next
}

const softmaxed = (probs: Probs): Probs => {
  const again = softmax(probs)
  if ("reason" in again) throw new Error(`Cannot put probabilities through the softmax: ${again.reason}`)
  return again.probs
}

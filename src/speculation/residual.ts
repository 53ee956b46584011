import type { Probs } from "../logits/row.ts"

/**
 * The law of the token that takes the place of a draft: max(0, scale p - q), normalized. With scale 1 it is what the
 * draft law q lacks of the target p; block verification scales by its running ratio. Where nothing is lacking, which
 * only rounding brings about, it is p.
 *
 * Source: arXiv:2211.17192, section 2.3; scale: arXiv:2403.10444, algorithm 2.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Speculation } from "polylogit"
 *
 * const [q, p] = [Float64Array.of(0.5, 0.25, 0.25, 0), Float64Array.of(0.25, 0.25, 0, 0.5)]
 * deepEqual(Speculation.residual(q, p), Float64Array.of(0, 0, 0, 1))
 * ```
 */
export const residual = (draft: Probs, target: Probs, scale = 1): Probs => {
  const out = new Float64Array(target.length)
  const mass = lacking(draft, target, scale)
  if (mass === 0) return target
  for (let i = 0; i < out.length; i++) out[i] = Math.max(0, scale * target[i]! - draft[i]!) / mass
  return out
}

/** The mass of max(0, scale p - q) before it is normalized. */
export const lacking = (draft: Probs, target: Probs, scale: number): number => {
  let mass = 0
  for (let i = 0; i < target.length; i++) mass += Math.max(0, scale * target[i]! - draft[i]!)
  return mass
}

/**
 * One attribute of a mix: its two anchors are adapters of a model, fine-tuned towards opposite ends of it.
 */
export interface Attribute {
  readonly name: string
  /** 1 is the positive anchor, 0 the negative one; numbers beyond extrapolate. */
  readonly alpha: number
  /** Its share of the mix. `undefined`: an equal part of what the other attributes leave of 1. */
  readonly lambda: number | undefined
  /** The adapter at alpha 1. */
  readonly positive: string
  /** The adapter at alpha 0. */
  readonly negative: string
}

/**
 * Interpolated weights: `theta = theta_pre + sum_i lambda_i (alpha_i d_i+ + (1 - alpha_i) d_i-)`, where `d_i+` and
 * `d_i-` are what the anchors of attribute i add to a model's weights.
 *
 * Source: Kangaslahti and Alvarez-Melis, TMLR 2025, arXiv:2404.07117.
 */
export interface Mix {
  readonly attributes: ReadonlyArray<Attribute>
  /** `one`: the lambdas have to sum to 1. */
  readonly lambdaSum: LambdaSum
}

/** What the lambdas of a mix sum to: 1, or any number. */
export type LambdaSum = "one" | "any"

/** How far a mix goes towards an attribute, and by which anchors. */
export interface AttributeSettings {
  readonly alpha: number
  /** Default: an equal part of what the attributes with a lambda leave of 1, and 0 where they leave nothing. */
  readonly lambda?: number | undefined
  /** The adapter at alpha 1. Default: the attribute's name and `+`. */
  readonly positive?: string | undefined
  /** The adapter at alpha 0. Default: the attribute's name and `-`. */
  readonly negative?: string | undefined
}

/** Settings by the attribute's name; a number is an alpha. */
export type MixSettings = Readonly<Record<string, number | AttributeSettings>>

/** How a mix is to be read. */
export interface MixOptions {
  /** Default `one`. */
  readonly lambdaSum?: LambdaSum | undefined
}

/** The adapters that an attribute has where nothing is said: `sentiment+` and `sentiment-` of sentiment. */
export const usualAnchors = (name: string): { readonly positive: string; readonly negative: string } => ({
  positive: `${name}+`,
  negative: `${name}-`
})

/**
 * A mix from its settings. Whether its numbers make sense is not looked at: see `variant`.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Interpolation } from "polylogit"
 *
 * const mix = Interpolation.mix({ sentiment: 0.75, formality: { alpha: 2, lambda: 0.5 } })
 * deepEqual(Interpolation.variant(mix), Result.succeed([
 *   ["formality+", 1],
 *   ["formality-", -0.5],
 *   ["sentiment+", 0.375],
 *   ["sentiment-", 0.125]
 * ]))
 * ```
 */
export const mix = (settings: MixSettings, { lambdaSum = "one" }: MixOptions = {}): Mix => ({
  attributes: Object.entries(settings).map(([name, of]) => attribute(name, of)),
  lambdaSum
})

/** One attribute from its settings. */
export const attribute = (name: string, settings: number | AttributeSettings): Attribute => {
  const { alpha, lambda, negative, positive } = typeof settings === "number" ? { alpha: settings } : settings
  const usual = usualAnchors(name)
  return { name, alpha, lambda, positive: positive ?? usual.positive, negative: negative ?? usual.negative }
}

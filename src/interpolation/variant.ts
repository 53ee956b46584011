import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { LanguageModel, Variant } from "../model/language_model.ts"
import type { Mix } from "./mix.ts"

/** The mix stands for no weights. */
export class MixError extends Schema.TaggedError<MixError>()("MixError", { message: Schema.String }) {}

/** How far a sum of lambdas may be from 1 by rounding. */
const rounding = 1e-9

/** The lambda of each attribute, in order: those that are not given share what the others leave of 1. */
export const lambdas = ({ attributes }: Mix): ReadonlyArray<number> => {
  const given = attributes.map(({ lambda }) => lambda).filter((lambda) => lambda !== undefined)
  const left = 1 - given.reduce((sum, lambda) => sum + lambda, 0)
  const share = left > rounding ? left / (attributes.length - given.length) : 0
  return attributes.map(({ lambda = share }) => lambda)
}

/**
 * What every adapter of a mix is multiplied by, in the order of their names: lambda alpha for a positive anchor, lambda
 * (1 - alpha) for a negative one, added up for an adapter that is several.
 */
export const coefficients = (mix: Mix): Variant => {
  const sums = new Map<string, number>()
  const all = lambdas(mix)
  for (const [i, { alpha, negative, positive }] of mix.attributes.entries()) {
    sums.set(positive, (sums.get(positive) ?? 0) + all[i]! * alpha)
    sums.set(negative, (sums.get(negative) ?? 0) + all[i]! * (1 - alpha))
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** What a request says of a mix: the coefficients that are not 0, and nothing where all are. */
export const requested = (mix: Mix): Variant | undefined => {
  const moved = coefficients(mix).filter(([, coefficient]) => coefficient !== 0)
  return moved.length === 0 ? undefined : moved
}

/**
 * The adapters that a mix stands for and what each is multiplied by, for `ScoreRequest.variant`; those multiplied by 0
 * are left out.
 *
 * Errors: a `MixError` where there is no attribute, one is given twice, a number is not finite, or the lambdas do not
 * sum to 1 and are to.
 */
export const variant = (mix: Mix): Result.Result<Variant, MixError> => {
  const message = refuseMix(mix)
  return message === undefined ? Result.succeed(requested(mix) ?? []) : Result.fail(new MixError({ message }))
}

/** What is wrong with a mix, if anything: "Cannot … as …". */
export const refuseMix = (mix: Mix): string | undefined => {
  const { attributes, lambdaSum } = mix
  if (attributes.length === 0) return "Cannot interpolate weights by no attribute"
  const twice = attributes.find(({ name }, i) => attributes.findIndex((other) => other.name === name) < i)
  if (twice !== undefined) return `Cannot give the attribute ${twice.name} twice`
  for (const { alpha, lambda = 0, name } of attributes) {
    if (!Number.isFinite(alpha)) return `Cannot use ${alpha} as the alpha of ${name}: a finite number`
    if (!Number.isFinite(lambda)) return `Cannot use ${lambda} as the lambda of ${name}: a finite number`
  }
  const sum = lambdas(mix).reduce((a, b) => a + b, 0)
  if (lambdaSum === "one" && Math.abs(sum - 1) > rounding) {
    return `Cannot mix attributes whose lambdas do not sum to 1: they sum to ${Number(sum.toPrecision(12))}, which lambdaSum: "any" allows`
  }
  const large = coefficients(mix).find(([, coefficient]) => !Number.isFinite(coefficient))
  return large && `Cannot use ${large[1]} as the coefficient of the adapter ${large[0]}: a finite number`
}

/** Why a model cannot answer a mix, if it cannot. */
export const refuseAdapters = (
  mix: Mix,
  { adapters = [], name }: Pick<LanguageModel, "adapters" | "name">
): string | undefined => {
  if (adapters.length === 0) return `Cannot interpolate the weights of ${name}: it has no adapters`
  const unknown = coefficients(mix).find(([adapter]) => !adapters.includes(adapter))
  return unknown && `Cannot find the adapter ${JSON.stringify(unknown[0])} of ${name}: it has ${adapters.join(", ")}`
}

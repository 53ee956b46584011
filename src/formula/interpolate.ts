import { dual } from "effect/Function"
import * as Result from "effect/Result"
import { type MixOptions, type MixSettings, mix } from "../interpolation/mix.ts"
import { type MixChanges, override } from "../interpolation/override.ts"
import { FormulaError } from "./errors.ts"
import { children, fold, postorder } from "./fold.ts"
import { type Any, type Formula, isFormula, make } from "./formula.ts"
import { withChildren } from "./identity.ts"
import { excerpt } from "./syntax/print.ts"

/**
 * A model or a prompt with adapters mixed into the model's weights: a leaf like `base`. For each attribute `alpha` lies
 * between its two anchors, 1 the positive and 0 the negative one, or beyond; `lambda` is its share of the whole. The
 * model has to name the adapters, `sentiment+` and `sentiment-` of an attribute `sentiment` unless others are given.
 * Leaves with different mixes of one model are scored in one call.
 *
 * Errors: throws a `FormulaError` where `base` is anything but a model or a prompt, or is interpolated already. Numbers
 * that make no sense are refused by `check`, adapters that the model does not have by `prepare`.
 *
 * Source: Kangaslahti and Alvarez-Melis, TMLR 2025, arXiv:2404.07117.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Formula } from "polylogit"
 *
 * const tale = Formula.prompt("A fairy tale.").pipe(Formula.interpolate({ sentiment: 0.8, formality: { alpha: 0.3, lambda: 0.25 } }))
 * deepEqual(Formula.print(tale), 'interpolate(prompt("A fairy tale."), sentiment: 0.8, formality: 0.3 @ 0.25)')
 * ```
 */
export const interpolate: {
  (attributes: MixSettings, options?: MixOptions): <R>(base: Formula<R>) => Formula<R>
  <R>(base: Formula<R>, attributes: MixSettings, options?: MixOptions): Formula<R>
} = dual(
  (args) => isFormula(args[0]),
  (base: Any, attributes: MixSettings, options?: MixOptions): Any => {
    if (base._tag === "Model" && base.mix === undefined) return make({ ...base, mix: mix(attributes, options) })
    const part = excerpt(base)
    const what =
      base._tag === "Model" ? "interpolated weights again" : "the weights of anything but a model or a prompt"
    throw new FormulaError({ part, message: `Cannot interpolate ${what}: ${part}` })
  }
)

/**
 * The attributes that a formula's leaves interpolate, by name, each once.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Formula } from "polylogit"
 *
 * const formula = Formula.parseUnsafe("interpolate(model(), sentiment: 0.8) - 0.5 * interpolate(model(), humor: 1)")
 * deepEqual(Formula.attributes(formula), ["sentiment", "humor"])
 * ```
 */
export const attributes = (formula: Any): ReadonlyArray<string> => [
  ...new Set(
    postorder(formula).flatMap((node) =>
      node._tag === "Model" ? (node.mix?.attributes ?? []).map(({ name }) => name) : []
    )
  )
]

/** The same formula with other alphas and lambdas in the leaves that have these attributes, where any has. */
export const overrideAttributes = <F extends Any>(formula: F, changes: MixChanges): F =>
  fold<Any>(formula, (node, of) => {
    if (node._tag === "Model")
      return node.mix === undefined ? node : make({ ...node, mix: override(node.mix, changes) })
    const below = children(node)
    const changed = below.map(of)
    return changed.every((child, i) => child === below[i]) ? node : withChildren(node, changed)
  }) as F

/**
 * The same formula with other alphas and lambdas in every leaf that has the attributes.
 *
 * Errors: a `FormulaError` where no leaf has an attribute, with the names of those that there are.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Formula } from "polylogit"
 *
 * const tale = Formula.interpolate(Formula.model(), { sentiment: 0.8 })
 * const sad = Formula.setAttributes(Formula.add(tale, 1), { sentiment: { alpha: -0.2 } })
 * deepEqual(Result.map(sad, Formula.print), Result.succeed("interpolate(model(), sentiment: -0.2) + uniform()"))
 * ```
 */
export const setAttributes: {
  (changes: MixChanges): <F extends Any>(self: F) => Result.Result<F, FormulaError>
  <F extends Any>(self: F, changes: MixChanges): Result.Result<F, FormulaError>
} = dual(2, <F extends Any>(self: F, changes: MixChanges): Result.Result<F, FormulaError> => {
  const known = attributes(self)
  const unknown = Object.keys(changes).find((name) => !known.includes(name))
  if (unknown === undefined) return Result.succeed(overrideAttributes(self, changes))
  const there = known.length === 0 ? "nothing is interpolated" : `there are ${known.join(", ")}`
  return Result.fail(
    new FormulaError({ part: excerpt(self), message: `Cannot set the attribute ${unknown}: ${there}` })
  )
})

import { dual } from "effect/Function"
import { type Coefficient, number } from "./coefficient.ts"
import { type Any, type Formula, isFormula, make, type Operand } from "./formula.ts"
import { uniform } from "./leaves.ts"
import type { MaskRule } from "./mask_rule.ts"

/** A formula as it is; a number as that much of `uniform()`. */
export const fromOperand = <R>(operand: Operand<R>): Formula<R> =>
  typeof operand === "number" ? scale(uniform() as Formula<R>, operand) : operand

const terms = (formula: Any): ReadonlyArray<Any> => (formula._tag === "Sum" ? formula.terms : [formula])

/** Sum of scores and of weights. */
export const add: {
  <R2>(that: Operand<R2>): <R>(self: Formula<R>) => Formula<R | R2>
  <R, R2>(self: Formula<R>, that: Operand<R2>): Formula<R | R2>
} = dual(2, (self: Any, that: Operand<unknown>) =>
  make({ _tag: "Sum", terms: [...terms(self), ...terms(fromOperand(that))] })
)

/** `self` plus -1 times `that`. */
export const subtract: {
  <R2>(that: Operand<R2>): <R>(self: Formula<R>) => Formula<R | R2>
  <R, R2>(self: Formula<R>, that: Operand<R2>): Formula<R | R2>
} = dual(2, (self: Any, that: Operand<unknown>) => add(self, scale(fromOperand(that), -1)))

/**
 * A term times a coefficient: a number of any sign, a schedule of the position, or token weights. Numbers that follow
 * one another become their product.
 */
export const scale: {
  <R>(by: Coefficient | number): (self: Formula<R>) => Formula<R>
  <R>(self: Formula<R>, by: Coefficient | number): Formula<R>
} = dual(2, (self: Any, by: Coefficient | number): Any => {
  const coefficient = typeof by === "number" ? number(by) : by
  if (coefficient._tag !== "Number") return make({ _tag: "Scale", by: coefficient, of: self })
  if (self._tag === "Scale" && self.by._tag === "Number") return scale(self.of, self.by.value * coefficient.value)
  return coefficient.value === 1 ? self : make({ _tag: "Scale", by: coefficient, of: self })
})

type Nary = {
  <R2>(that: Operand<R2>): <R>(self: Formula<R>) => Formula<R | R2>
  <Operands extends readonly [Operand<unknown>, Operand<unknown>, ...Array<Operand<unknown>>]>(
    ...operands: Operands
  ): Formula<Operands[number] extends infer F ? (F extends Formula<infer R> ? R : never) : never>
}

const nary = (tag: "Union" | "Intersection"): Nary =>
  dual(
    (args) => args.length >= 2,
    (...operands: ReadonlyArray<Operand<unknown>>) => make({ _tag: tag, operands: operands.map(fromOperand) })
  )

/**
 * Likely where any operand finds it likely: token by token the larger score, with that side's weight.
 * Scores are compared as they stand; `normalize` an operand to compare laws.
 *
 * Source: arXiv:2311.14479, section 3.2.
 */
export const union: Nary = nary("Union")

/** Likely where all operands find it likely: token by token the smaller score, with that side's weight. */
export const intersection: Nary = nary("Intersection")

/** `target`, for which `draft` stands in while the target's row is pending (arXiv:2311.14479, section 4). */
export const supersede: {
  <R2>(target: Operand<R2>): <R>(draft: Formula<R>) => Formula<R | R2>
  <R, R2>(draft: Formula<R>, target: Operand<R2>): Formula<R | R2>
} = dual(2, (draft: Any, target: Operand<unknown>) => make({ _tag: "Supersede", draft, target: fromOperand(target) }))

/** Lowers what `against` finds likelier than `self`, on the two normalized laws (arXiv:2103.00453). */
export const selfDebias: {
  <R2>(against: Operand<R2>, strength: number): <R>(self: Formula<R>) => Formula<R | R2>
  <R, R2>(self: Formula<R>, against: Operand<R2>, strength: number): Formula<R | R2>
} = dual(3, (self: Any, against: Operand<unknown>, strength: number) =>
  make({ _tag: "SelfDebias", of: self, against: fromOperand(against), strength })
)

/** The formula's law as a term of weight 1. */
export const normalize = <R>(self: Formula<R>): Formula<R> => make({ _tag: "Normalize", of: self })

type Mask<A extends ReadonlyArray<unknown>> = {
  (...args: A): <R>(self: Formula<R>) => Formula<R>
  <R>(self: Formula<R>, ...args: A): Formula<R>
}

const mask = <A extends ReadonlyArray<unknown>>(rule: (...args: A) => MaskRule): Mask<A> =>
  dual(
    (args) => isFormula(args[0]),
    (self: Any, ...args: A) => make({ _tag: "Mask", of: self, rule: rule(...args) })
  )

/** The `k` likeliest tokens of a term's law, renormalized, times its weight. 0 keeps all. */
export const topK: Mask<[k: number]> = mask((k) => ({ _tag: "topK", k }))

/** The likeliest tokens until their mass reaches `p` in (0, 1], renormalized, times the weight. */
export const topP: Mask<[p: number]> = mask((p) => ({ _tag: "topP", p }))

/** The tokens with at least `p` times the likeliest one's probability, renormalized, times the weight. */
export const minP: Mask<[p: number]> = mask((p) => ({ _tag: "minP", p }))

/** `minP` under its name in contrastive decoding (arXiv:2210.15097, adaptive plausibility). */
export const plausible: Mask<[share: number]> = mask((share) => ({ _tag: "plausible", share }))

/** Temperature, then topK (0 is off), then topP (1 is off), renormalized, times the weight. */
export const truncate: Mask<[topK: number, topP?: number, temperature?: number]> = mask(
  (topK, topP = 1, temperature = 1) => ({ _tag: "truncate", topK, topP, temperature })
)

/**
 * Scores through a function of yours, the weight unchanged; `name` stands for it in messages. Text and JSON cannot
 * express it. Two maps are equal only if their functions are the same object.
 */
export const map: {
  (name: string, map: (scores: Float64Array) => Float64Array): <R>(self: Formula<R>) => Formula<R>
  <R>(self: Formula<R>, name: string, map: (scores: Float64Array) => Float64Array): Formula<R>
} = dual(3, (self: Any, name: string, map: (scores: Float64Array) => Float64Array) =>
  make({ _tag: "Map", of: self, name, map })
)

import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type * as Stream from "effect/Stream"
import type { Mix } from "../interpolation/mix.ts"
import type { Logits } from "../logits/row.ts"
import type { Context } from "../model/context.ts"
import type { LanguageModel, ModelError } from "../model/language_model.ts"
import type { Models } from "../model/models.ts"
import type { TextClassifier } from "../model/text_classifier.ts"
import type { MaskRule } from "./mask_rule.ts"

/**
 * A description of one next-token distribution: leaves are models behind prompts, inner nodes are operators. It is
 * immutable data: parsed from text, printed, saved, compared. `R` are the services that its models come from.
 *
 * Source: Dekoninck et al., ICLR 2024, arXiv:2311.14479, Theorem 1.
 */
export type Formula<R = never> = Node & Pipeable & { readonly [TypeId]: () => R }

/** Any formula, whatever services it needs. */
export type Any = Formula<unknown>

/** Marks formulas; its value only carries the type of the services. */
export const TypeId = "~polylogit/Formula"
export type TypeId = typeof TypeId

/**
 * Where a leaf finds its model: by name through `Models` (`undefined` is the default model), or the model itself,
 * which text and JSON cannot express.
 */
export type ModelReference = string | undefined | LanguageModel

/** How a leaf's own prompt comes before the user's: by the model's chat template where it has one, or as plain text. */
export type PromptTemplate = "auto" | "chat" | "plain"

/** A node: what a formula is made of. */
export type Node = Leaf | Operator

/** Nodes whose rows come from outside. */
export type Leaf =
  | ModelNode
  | StreamLeaf
  | { readonly _tag: "Row"; readonly name: string | undefined; readonly logits: ReadonlyArray<number> }

/** A model, perhaps behind a prompt. */
export interface ModelNode {
  readonly _tag: "Model"
  readonly model: ModelReference
  readonly prompt: string | undefined
  readonly template: PromptTemplate
  /** Adapters mixed into the model's weights: see `interpolate`. */
  readonly mix: Mix | undefined
}

/** A user's own logit stream: from contexts to rows, one for each. */
export interface StreamLeaf {
  readonly _tag: "Stream"
  readonly name: string
  readonly rows: (contexts: Stream.Stream<Context>) => Stream.Stream<Logits, ModelError, unknown>
}

/**
 * The factor of a term: a number; a schedule of the position (the number of tokens generated so far); or a row of
 * token weights >= 0, given, or 1 where the score of a formula is >= 0.
 */
export type Coefficient =
  | { readonly _tag: "Number"; readonly value: number }
  | { readonly _tag: "Linear"; readonly from: number; readonly to: number; readonly steps: number }
  | {
      readonly _tag: "Steps"
      readonly first: number
      readonly changes: ReadonlyArray<readonly [at: number, value: number]>
    }
  | { readonly _tag: "TokenWeights"; readonly weights: ReadonlyArray<number> }
  | { readonly _tag: "Indicator"; readonly of: Any }

/** A classifier term: see `classifier`. */
export interface ClassifierNode {
  readonly _tag: "Classifier"
  /** By name through `Classifiers`, or the classifier itself, which text and JSON cannot express. */
  readonly classifier: string | TextClassifier
  /** `undefined`: the other terms of its sum. */
  readonly over: Any | undefined
  readonly label: string | undefined
  readonly topK: number | undefined
  readonly goal: "maximize" | "minimize"
  readonly template: string | undefined
}

/** Nodes that combine others. */
export type Operator =
  | ClassifierNode
  | { readonly _tag: "Uniform" }
  | { readonly _tag: "Scores"; readonly of: Any }
  | { readonly _tag: "Sum"; readonly terms: ReadonlyArray<Any> }
  | { readonly _tag: "Scale"; readonly by: Coefficient; readonly of: Any }
  | { readonly _tag: "Union"; readonly operands: ReadonlyArray<Any> }
  | { readonly _tag: "Intersection"; readonly operands: ReadonlyArray<Any> }
  | { readonly _tag: "Supersede"; readonly draft: Any; readonly target: Any }
  | { readonly _tag: "SelfDebias"; readonly of: Any; readonly against: Any; readonly strength: number }
  | { readonly _tag: "Mask"; readonly of: Any; readonly rule: MaskRule }
  | { readonly _tag: "Normalize"; readonly of: Any }
  | {
      readonly _tag: "Map"
      readonly of: Any
      readonly name: string
      readonly map: (scores: Float64Array) => Float64Array
    }

const Proto = {
  [TypeId]: () => undefined,
  pipe() {
    // biome-ignore lint/complexity/noArguments: effect's own way to make a value pipeable
    return pipeArguments(this, arguments)
  }
}

/** Makes a formula of a node. The constructors in this folder are all built from it. */
export const make = <R>(node: Node): Formula<R> => Object.assign(Object.create(Proto), node)

/** Whether a value is a formula. */
export const isFormula = (u: unknown): u is Any => typeof u === "object" && u !== null && TypeId in u

/** What operators take: a formula, or a number, which stands for that much of `uniform()`. */
export type Operand<R> = Formula<R> | number

/** The service that named models come from. */
export type NamedModels = Models

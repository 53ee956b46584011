import type { LambdaSum } from "../../interpolation/mix.ts"
import type { Coefficient } from "../coefficient.ts"
import type { PromptTemplate } from "../formula.ts"
import type { MaskRule } from "../mask_rule.ts"

/** A node as JSON: `null` in a row is -Infinity; what is `undefined` or the default is left out. */
export type NodeJson =
  | {
      readonly _tag: "Model"
      readonly model?: string
      readonly prompt?: string
      readonly template?: PromptTemplate
      readonly mix?: MixJson
    }
  | { readonly _tag: "Row"; readonly name?: string; readonly logits: ReadonlyArray<number | null> }
  | { readonly _tag: "Uniform" }
  | { readonly _tag: "Scores" | "Normalize"; readonly of: NodeJson }
  | { readonly _tag: "Sum"; readonly terms: ReadonlyArray<NodeJson> }
  | { readonly _tag: "Scale"; readonly by: CoefficientJson; readonly of: NodeJson }
  | { readonly _tag: "Union" | "Intersection"; readonly operands: ReadonlyArray<NodeJson> }
  | { readonly _tag: "Supersede"; readonly draft: NodeJson; readonly target: NodeJson }
  | { readonly _tag: "SelfDebias"; readonly of: NodeJson; readonly against: NodeJson; readonly strength: number }
  | {
      readonly _tag: "Classifier"
      readonly classifier: string
      readonly over?: NodeJson
      readonly label?: string
      readonly topK?: number
      readonly goal?: "minimize"
      readonly template?: string
    }
  | { readonly _tag: "Mask"; readonly of: NodeJson; readonly rule: MaskRule }

/** A mix as JSON: adapters that are called as usual are left out. */
export interface MixJson {
  readonly attributes: ReadonlyArray<{
    readonly name: string
    readonly alpha: number
    readonly lambda?: number
    readonly positive?: string
    readonly negative?: string
  }>
  readonly lambdaSum?: LambdaSum
}

/** A coefficient as JSON: a number is itself. */
export type CoefficientJson =
  | number
  | Exclude<Coefficient, { readonly _tag: "Number" | "Indicator" }>
  | { readonly _tag: "Indicator"; readonly of: NodeJson }

/** A formula as JSON. */
export interface FormulaJson {
  readonly version: 1
  readonly formula: NodeJson
}

/** How deep formulas may be nested in JSON, whose own readers and writers call themselves. */
export const MAX_DEPTH = 1_000

/** How many nodes JSON may have, where a shared one counts as often as it is written. */
export const MAX_NODES = 1_000_000

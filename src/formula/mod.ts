/** The algebra of formulas: leaves, operators, text, JSON, weights, evaluation. */
export { type Interval, type IsPending, weightBounds } from "./bounds.ts"
export { type CheckOptions, check } from "./check.ts"
export { type ClassifierTerm, classifier } from "./classifier.ts"
export * from "./coefficient.ts"
export * from "./denote.ts"
export * from "./errors.ts"
export { children, fold, postorder } from "./fold.ts"
export {
  type Any,
  type Formula,
  isFormula,
  type Node,
  type Operand,
  type PromptTemplate
} from "./formula.ts"
export { distinct, equals } from "./identity.ts"
export { attributes, interpolate, setAttributes } from "./interpolate.ts"
export * from "./json.ts"
export { isLeaf, model, prompt, row, scores, uniform } from "./leaves.ts"
export type { MaskRule } from "./mask_rule.ts"
export * from "./operators.ts"
export { partial } from "./partial.ts"
export { type Prepared, type PrepareError, type PrepareOptions, prepare, type RowError } from "./prepare.ts"
export { type RowMemory, rowMemory, type TermCost } from "./row_memory.ts"
export { stream } from "./stream_leaf.ts"
export { type ParseOptions, parse, parseUnsafe } from "./syntax/parse.ts"
export { excerpt, print } from "./syntax/print.ts"

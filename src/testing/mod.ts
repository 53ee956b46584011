/** For test suites: exact laws of runs, laws that implementations must keep, and random formulas to try them on. */
export { type FormulasOptions, formulas, type Leaves } from "./arbitraries/formulas.ts"
export { logits, type RowsOptions, tableModels } from "./arbitraries/models.ts"
export * from "./arbitraries/plans.ts"
export * from "./exact_chain.ts"
export { distance, type ExactLaw, exactLaw, keyed, TooManyPaths } from "./exact_law.ts"
export * from "./for_all.ts"
export * as laws from "./laws/mod.ts"
export * from "./plain_law.ts"

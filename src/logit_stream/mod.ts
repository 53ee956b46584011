/** The operators of formulas on streams of rows that are there already. */
export * from "./lift.ts"
export * from "./operators.ts"

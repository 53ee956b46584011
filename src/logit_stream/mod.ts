/** The operators of formulas on streams of rows that are there already. */
export * from "./lift.ts"
export { monitor } from "./monitor.ts"
export * from "./operators.ts"

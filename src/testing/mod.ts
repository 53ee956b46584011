/** For test suites: the exact law of a run. */
export * from "./exact_law.ts"

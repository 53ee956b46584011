export { rowDistance } from "./asking.ts"
export * from "./language_model.ts"
export * from "./operator.ts"
export * from "./sampler.ts"

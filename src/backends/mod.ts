/** Models that run on a foreign runtime. */
export * from "./onnxruntime/mod.ts"
export { openModel } from "./open_model.ts"

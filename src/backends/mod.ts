/** Models that run on a foreign runtime. */
export { measureQuantization, type QuantizationLoss } from "./measure_quantization.ts"
export * from "./onnxruntime/mod.ts"
export { openModel } from "./open_model.ts"

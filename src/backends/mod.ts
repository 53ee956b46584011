/** Models that run on a foreign runtime, and where they are fetched from. */
export * from "./hub/mod.ts"
export { measureQuantization, type QuantizationLoss } from "./measure_quantization.ts"
export * from "./onnxruntime/mod.ts"
export { type ClassifierOptions, openClassifier } from "./open_classifier.ts"
export { openModel } from "./open_model.ts"

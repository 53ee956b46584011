/** Models that run on a foreign runtime. */
export * from "./onnxruntime/mod.ts"
export { type ClassifierOptions, openClassifier } from "./open_classifier.ts"
export { openModel } from "./open_model.ts"

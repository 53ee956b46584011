/** Models that run on a foreign runtime. */

export { layerClassifiers } from "./classifiers.ts"
export * from "./onnxruntime/mod.ts"
export { type ClassifierOptions, openClassifier } from "./open_classifier.ts"
export { openModel } from "./open_model.ts"

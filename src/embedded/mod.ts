/** The models and classifiers that ship with the package, and how to name others. */
export {
  type EmbeddedClassifier,
  type EmbeddedClassifierOptions,
  embeddedClassifier as classifier,
  embeddedClassifiers as classifiers,
  layerClassifiers
} from "./classifiers.ts"
export { type EmbeddedModel, embedded } from "./list.ts"
export { type EmbeddedOptions, layer, layerWith } from "./models.ts"
export { prompts } from "./prompts.ts"

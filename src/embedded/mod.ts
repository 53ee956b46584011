/** The models that ship with the package, and how to name models. */
export { type EmbeddedModel, embedded } from "./list.ts"
export { type EmbeddedOptions, layer, layerWith } from "./models.ts"
export { prompts } from "./prompts.ts"

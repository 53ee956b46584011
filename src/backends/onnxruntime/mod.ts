export { fromCheckpoint, fromExported, type LoadOptions } from "./load_model.ts"
export { ModelLoadError } from "./model_load_error.ts"
export type { Settings } from "./settings.ts"

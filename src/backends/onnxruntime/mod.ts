export { fromCheckpoint, fromExported, type LoadOptions } from "./load_model.ts"
export type { Settings } from "./settings.ts"

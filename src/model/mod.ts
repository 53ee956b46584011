/** Ports that models answer to, and models that need no runtime. */

export * from "./classifiers.ts"
export type { Prompt } from "./context.ts"
export * as Context from "./context.ts"
export * from "./language_model.ts"
export * from "./models.ts"
export * as NGram from "./ngram/mod.ts"
export * from "./probabilities.ts"
export * from "./prompt_lookup.ts"
export { PromptError } from "./render.ts"
export * from "./table.ts"
export * from "./text_classifier.ts"

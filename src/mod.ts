/**
 * polylogit writes text from a formula over language models. One namespace for each folder.
 *
 * @module
 */
export * as Backends from "./backends/mod.ts"
export * as Embedded from "./embedded/mod.ts"
export * as Evaluation from "./evaluation/mod.ts"
export * as Formula from "./formula/mod.ts"
export * as Generation from "./generation/mod.ts"
export * as Interpolation from "./interpolation/mod.ts"
export * as LogitStream from "./logit_stream/mod.ts"
export * as Logits from "./logits/mod.ts"
export * as Machine from "./machine/mod.ts"
export * as LanguageModel from "./model/mod.ts"
export * as Sampling from "./sampling/mod.ts"
export * as Speculation from "./speculation/mod.ts"
export * as Vocabulary from "./vocabulary/mod.ts"

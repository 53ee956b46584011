/** From a formula and options to streams of events and of text. */
export * from "./events.ts"
export * from "./generate.ts"
export { GenerationOptions, OptionsError } from "./options.ts"
export { type StopOutput, type StopState, stopTexts } from "./stop_texts.ts"

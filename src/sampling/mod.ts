/** From a formula's law to tokens: options, penalties, chance, and the stage that draws. */
export * from "./chance.ts"
export * from "./law.ts"
export * from "./options.ts"
export { type History, penalize } from "./penalties.ts"
export * from "./stage.ts"

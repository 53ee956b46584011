export * from "./machine.ts"
export * from "./run.ts"

/** Models that count which token follows which: fitted on text, saved in a few megabytes, and fast. */
export { type FitOptions, fit, fromText } from "./fit.ts"
export { ngram } from "./language_model.ts"
export { load } from "./load.ts"
export type { Level, NGram, WeightedLevel } from "./n_gram.ts"
export { NGramError } from "./n_gram_error.ts"
export { logProbs, probability, row } from "./probability.ts"
export type { Pruning } from "./prune.ts"
export { save } from "./save.ts"

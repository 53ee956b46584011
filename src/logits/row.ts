/** One score for each token of the vocabulary: shape `[V]`, nats; `-Infinity` marks an impossible token. */
export type Row = Float32Array | Float64Array

/** A row as models give it: unnormalized natural-log scores, shape `[V]`. */
export type Logits = Float32Array

/** A row whose exponentials sum to one: natural logarithms of probabilities, shape `[V]`. */
export type LogProbs = Float32Array

/** What tokens are drawn from: shape `[V]`, non-negative, summing to one in float64. */
export type Probs = Float64Array

/** One score for each token of the vocabulary: shape `[V]`, nats; `-Infinity` marks an impossible token. */
export type Row = Float32Array | Float64Array

/** A row as models give it: unnormalized natural-log scores, shape `[V]`. */
export type Logits = Float32Array

/** A row whose exponentials sum to one: natural logarithms of probabilities, shape `[V]`. */
export type LogProbs = Float32Array

/** What tokens are drawn from: shape `[V]`, non-negative, summing to one in float64. */
export type Probs = Float64Array

/**
 * Why a row has no value. Row mathematics returns it in place of a row; whoever knows the sub-formula makes the error.
 *
 * - `impossible`: a negative coefficient met `-Infinity` at `token`;
 * - `weight`: the total weight at `token` is zero;
 * - `number`: the score at `token` is NaN or +Infinity;
 * - `nothing`: every token is impossible;
 * - `length`: two rows of different length met;
 * - `function`: a function of the user's threw `thrown`.
 */
export class RowProblem {
  readonly reason: "impossible" | "weight" | "number" | "nothing" | "length" | "function"
  readonly token: number
  readonly thrown: unknown
  constructor(reason: RowProblem["reason"], token = 0, thrown?: unknown) {
    this.reason = reason
    this.token = token
    this.thrown = thrown
  }
}

/** Whether row mathematics refused. */
export const isRowProblem = (u: unknown): u is RowProblem => u instanceof RowProblem

/** What a row problem means, in words. */
export const describe = (problem: RowProblem): string => {
  switch (problem.reason) {
    case "impossible":
      return `a negative coefficient meets token ${problem.token}, which is impossible there (-Infinity)`
    case "weight":
      return `the total weight is 0 for token ${problem.token}`
    case "number":
      return `the score of token ${problem.token} is not a number`
    case "nothing":
      return "every token is impossible"
    case "function":
      return problem.thrown instanceof Error ? problem.thrown.message : String(problem.thrown)
    case "length":
      return "two rows have different lengths"
  }
}

import * as Schema from "effect/Schema"

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
const positive = (maximum: number) =>
  Schema.Finite.check(Schema.isGreaterThan(0)).check(Schema.isLessThanOrEqualTo(maximum))
const wholeFrom = (minimum: number) => Schema.Int.check(Schema.isGreaterThanOrEqualTo(minimum))

/**
 * What happens to a formula's law before a token is drawn, in the order of design: logit bias, penalties, temperature,
 * topK, typicalP, topP, minP. Every field may be left out; what is left out changes nothing.
 */
export const SamplingOptions = Schema.Struct({
  /** Divides the log-probabilities; 0 always takes the likeliest token (of equal ones the lowest id). Default 1. */
  temperature: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))),
  /** Keeps the k likeliest tokens; 0, the default, keeps all. */
  topK: Schema.optionalKey(wholeFrom(0)),
  /** Keeps the likeliest tokens until their mass reaches it. In (0, 1], default 1. */
  topP: Schema.optionalKey(positive(1)),
  /** Keeps the tokens with at least this share of the likeliest one's probability. In [0, 1], default 0. */
  minP: Schema.optionalKey(between(0, 1)),
  /** Keeps the tokens whose surprise is closest to the entropy until their mass reaches it. In (0, 1], default 1. */
  typicalP: Schema.optionalKey(positive(1)),
  /** Multiplies the log-probability of every token in the user's prompt and the completion. > 0, default 1. */
  repetitionPenalty: Schema.optionalKey(positive(Number.MAX_VALUE)),
  /** Subtracted from the score of every token in the completion. Default 0. */
  presencePenalty: Schema.optionalKey(Schema.Finite),
  /** Subtracted from a token's score once for each time that it stands in the completion. Default 0. */
  frequencyPenalty: Schema.optionalKey(Schema.Finite),
  /** Added to the scores of the tokens named, nats. */
  logitBias: Schema.optionalKey(Schema.Record(Schema.String.check(Schema.isPattern(/^\d+$/)), Schema.Finite))
})
export type SamplingOptions = typeof SamplingOptions.Type

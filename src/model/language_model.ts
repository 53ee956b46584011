import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Logits } from "../logits/row.ts"
import type { TokenId, Vocabulary } from "../vocabulary/vocabulary.ts"
import { gather } from "./gather.ts"

/**
 * A mix of adapters on top of the weights: pairs of an adapter's name and its coefficient, any finite float32. An adapter
 * that is named twice counts with the sum; one that is not named, with 0.
 */
export type Variant = ReadonlyArray<readonly [adapter: string, coefficient: number]>

/**
 * Asks for the rows that follow the first `from`, `from + 1`, …, `context.length` tokens:
 * `context.length - from + 1` rows, where `1 <= from <= context.length`.
 */
export interface ScoreRequest {
  readonly context: ReadonlyArray<TokenId>
  readonly from: number
  readonly variant?: Variant | undefined
}

/** The model could not score a context. */
export class ModelError extends Schema.TaggedError<ModelError>()("ModelError", {
  model: Schema.String,
  message: Schema.String
}) {}

/**
 * What every model offers, whatever it runs on: a pure function of the context.
 * Caches are memoization and do not show; rolling back is asking for a shorter context.
 */
export interface LanguageModel {
  /** For messages and listings. */
  readonly name: string
  /** Requests to models with the same `weights` can go in one run. */
  readonly weights: string
  readonly vocabulary: Vocabulary
  /** The longest context that can be scored, in tokens. */
  readonly contextLength: number
  /** What it runs on, in words for people. */
  readonly runtime?: string | undefined
  /** Names of the adapters that a variant can mix. Default: none. */
  readonly adapters?: ReadonlyArray<string> | undefined
  /** One list of rows for each request, in order; each row `[V]`, owned by the caller. */
  readonly score: (
    requests: ReadonlyArray<ScoreRequest>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<Logits>>, ModelError>
}

/**
 * Makes a model from a function that scores many requests in one run. Requests that different fibers make at the
 * same moment are gathered into one call of `run`, which is interrupted when none of them waits any longer; requests
 * out of range are refused before they reach it.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { LanguageModel, Vocabulary } from "polylogit"
 *
 * const lastToken = LanguageModel.make({
 *   name: "last",
 *   vocabulary: Vocabulary.untokenized(2),
 *   contextLength: 8,
 *   run: (requests) =>
 *     Effect.succeed(requests.map((r) => r.context.slice(r.from - 1).map((token) => Float32Array.of(token, 0))))
 * })
 * const [rows] = await Effect.runPromise(lastToken.score([{ context: [1, 0], from: 1 }]))
 * deepEqual(rows, [Float32Array.of(1, 0), Float32Array.of(0, 0)])
 * ```
 */
export const make = (options: {
  readonly name: string
  readonly weights?: string
  readonly vocabulary: Vocabulary
  readonly contextLength: number
  readonly runtime?: string
  readonly adapters?: ReadonlyArray<string>
  readonly run: (
    requests: ReadonlyArray<ScoreRequest>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<Logits>>, ModelError>
}): LanguageModel => {
  const run = gather(options.run)
  return {
    name: options.name,
    weights: options.weights ?? `${options.name} ${made++}`,
    vocabulary: options.vocabulary,
    contextLength: options.contextLength,
    runtime: options.runtime,
    adapters: options.adapters,
    score: (requests) => {
      for (const request of requests) {
        const problem = refuse(options, request)
        if (problem !== undefined) return Effect.fail(new ModelError({ model: options.name, message: problem }))
      }
      return run(requests)
    }
  }
}

/** Tells apart models that name no weights. */
let made = 0

const refuse = (
  model: Pick<LanguageModel, "name" | "vocabulary" | "contextLength" | "adapters">,
  { context, from, variant }: ScoreRequest
): string | undefined => {
  const { size } = model.vocabulary
  const bad = context.find((token) => !Number.isInteger(token) || token < 0 || token >= size)
  if (bad !== undefined) {
    return `Cannot score token ${bad} with ${model.name}: its ids are whole numbers from 0 to ${model.vocabulary.size - 1}`
  }
  if (context.length > model.contextLength) {
    return `Cannot score ${context.length} tokens with ${model.name}: its context window holds ${model.contextLength}`
  }
  if (context.length === 0) return `Cannot score an empty context with ${model.name}: it needs one token at least`
  if (!Number.isInteger(from) || from < 1 || from > context.length) {
    return `Cannot score from ${from} in a context of ${context.length} tokens: "from" lies between 1 and the length`
  }
  return variant === undefined ? undefined : refuseVariant(model, variant)
}

const refuseVariant = (
  { adapters = [], name }: Pick<LanguageModel, "name" | "adapters">,
  variant: Variant
): string | undefined => {
  const missing = variant.find(([adapter]) => !adapters.includes(adapter))
  if (missing !== undefined) {
    const those = adapters.length === 0 ? "it has none" : `it has ${adapters.join(", ")}`
    return `Cannot score with ${name} and the adapter ${missing[0]}: ${those}`
  }
  const sums = new Map<string, number>()
  for (const [adapter, coefficient] of variant) sums.set(adapter, (sums.get(adapter) ?? 0) + coefficient)
  const bad = [...sums].find(([, sum]) => !Number.isFinite(Math.fround(sum)))
  return bad && `Cannot score with ${name} and ${bad[1]} times the adapter ${bad[0]}: coefficients are finite numbers`
}

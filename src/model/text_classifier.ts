import * as Effect from "effect/Effect"
import { logSoftmax, logSumExp } from "../logits/softmax.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { gather } from "./gather.ts"
import { ModelError } from "./language_model.ts"

/** A text, or its tokens as they stand, special ones among them. */
export type ClassifiedText = string | ReadonlyArray<TokenId>

/** What every text classifier offers, whatever it runs on: logits of its labels for many texts in one call. */
export interface TextClassifier {
  /** For messages and listings. */
  readonly name: string
  readonly labels: ReadonlyArray<string>
  /** How logits become probabilities: of one label among all (`softmax`), or of each label for itself (`sigmoid`). */
  readonly probabilities: "softmax" | "sigmoid"
  /** One row of `labels.length` logits for each text, in order. */
  readonly classify: (texts: ReadonlyArray<ClassifiedText>) => Effect.Effect<ReadonlyArray<Float32Array>, ModelError>
}

/**
 * Makes a classifier from a function that classifies many texts in one run. Texts that different fibers ask about at
 * the same moment are gathered into one call of `run`, which is interrupted when none of them waits any longer.
 *
 * Errors: `classify` fails with `ModelError` where `run` does, or gives other than one finite logit for each label and text.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { LanguageModel } from "polylogit"
 *
 * const loud = LanguageModel.makeClassifier({
 *   name: "loud",
 *   labels: ["quiet", "loud"],
 *   run: (texts) => Effect.succeed(texts.map((text) => Float32Array.of(0, String(text).endsWith("!") ? 2 : -2)))
 * })
 * const rows = await Effect.runPromise(loud.classify(["yes!", "no"]))
 * deepEqual(rows, [Float32Array.of(0, 2), Float32Array.of(0, -2)])
 * ```
 */
export const makeClassifier = (options: {
  readonly name: string
  readonly labels: ReadonlyArray<string>
  /** Default: `softmax`. */
  readonly probabilities?: TextClassifier["probabilities"]
  readonly run: (texts: ReadonlyArray<ClassifiedText>) => Effect.Effect<ReadonlyArray<Float32Array>, ModelError>
}): TextClassifier => {
  const { labels, name } = options
  const classify = gather((texts: ReadonlyArray<ClassifiedText>) =>
    Effect.flatMap(options.run(texts), (rows) => {
      const problem = strange(rows, texts.length, labels.length)
      return problem === undefined
        ? Effect.succeed(rows)
        : Effect.fail(new ModelError({ model: name, message: `Cannot use the answer of ${name}: ${problem}` }))
    })
  )
  return {
    name,
    labels,
    probabilities: options.probabilities ?? "softmax",
    classify: (texts) => (texts.length === 0 ? Effect.succeed([]) : classify(texts))
  }
}

const strange = (rows: ReadonlyArray<Float32Array>, texts: number, labels: number): string | undefined => {
  if (rows.length !== texts) return `${rows.length} rows for ${texts} texts`
  const short = rows.find((row) => row.length !== labels)
  if (short !== undefined) return `a row of ${short.length} logits for ${labels} labels`
  const logit = rows.flatMap((row) => [...row]).find((number) => !Number.isFinite(number))
  return logit === undefined ? undefined : `the logit ${logit}`
}

/**
 * The log-probability of each label, from its logits. Units: nats.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { LanguageModel } from "polylogit"
 *
 * const even = Float32Array.of(0, 0)
 * deepEqual(LanguageModel.logProbabilities({ probabilities: "softmax" }, even), Float64Array.of(-Math.LN2, -Math.LN2))
 * ```
 */
export const logProbabilities = (
  { probabilities }: Pick<TextClassifier, "probabilities">,
  logits: Float32Array
): Float64Array =>
  probabilities === "softmax"
    ? (logSoftmax(logits) as Float64Array)
    : Float64Array.from(logits, (x) => Math.min(0, x) - Math.log1p(Math.exp(-Math.abs(x))))

/**
 * The log-probability of each label's contrary: that another label holds, or that this one does not. A single label of a
 * `softmax` has none: -Infinity.
 */
export const logComplements = (
  classifier: Pick<TextClassifier, "probabilities">,
  logits: Float32Array
): Float64Array => {
  if (classifier.probabilities === "sigmoid")
    return logProbabilities(
      classifier,
      logits.map((x) => -x)
    )
  const all = logProbabilities(classifier, logits)
  return all.map((_, i) => {
    const others = all.filter((_, j) => j !== i)
    return others.length === 0 ? Number.NEGATIVE_INFINITY : (logSumExp(others) as number)
  })
}

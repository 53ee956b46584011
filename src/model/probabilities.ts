import * as Stream from "effect/Stream"
import type { ModelError } from "./language_model.ts"
import { type ClassifiedText, logProbabilities, type TextClassifier } from "./text_classifier.ts"

/** So many texts are classified in one call. */
const textsAtOnce = 64

/**
 * The probability of each label, for each text in order: what one call of the classifier tells comes together, of 64
 * texts at most.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect, Stream } from "effect"
 * import { LanguageModel } from "polylogit"
 *
 * const even = LanguageModel.makeClassifier({
 *   name: "even",
 *   labels: ["no", "yes"],
 *   run: (texts) => Effect.succeed(texts.map(() => Float32Array.of(0, 0)))
 * })
 * const [first] = await Effect.runPromise(Stream.runCollect(LanguageModel.probabilities(even, ["a", "b"])))
 * deepEqual(first, [Float64Array.of(0.5, 0.5), Float64Array.of(0.5, 0.5)])
 * ```
 */
export const probabilities = (
  classifier: TextClassifier,
  texts: ReadonlyArray<ClassifiedText>
): Stream.Stream<ReadonlyArray<Float64Array>, ModelError> => {
  const calls = Array.from({ length: Math.ceil(texts.length / textsAtOnce) }, (_, i) =>
    texts.slice(i * textsAtOnce, (i + 1) * textsAtOnce)
  )
  return Stream.fromIterable(calls).pipe(
    Stream.mapEffect(classifier.classify),
    Stream.map((rows) => rows.map((row) => logProbabilities(classifier, row).map(Math.exp)))
  )
}

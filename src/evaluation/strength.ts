import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ModelError } from "../model/language_model.ts"
import { probabilities } from "../model/probabilities.ts"
import type { ClassifiedText, TextClassifier } from "../model/text_classifier.ts"
import { ExperimentError } from "./experiment_error.ts"
import { clusteredInterval, type Estimate } from "./interval.ts"

/** Who judges texts, and for what. */
export interface Judge {
  /** For tables and pictures. */
  readonly name: string
  readonly classifier: TextClassifier
  readonly label: string
}

/** How strongly texts have an attribute. */
export interface Strength {
  /** The probability of the label: its mean over the groups. */
  readonly probability: Estimate
  /** The share of texts of which it is the likeliest label; of a single label, whose probability is 1/2 at least. */
  readonly share: Estimate
}

/**
 * Judges texts for a label. Texts come in groups within which they are alike, as continuations of one opening are: the
 * intervals go by the means of groups.
 *
 * Errors: `ExperimentError` where the classifier has no such label; `ModelError` of the classifier.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Evaluation, LanguageModel } from "polylogit"
 *
 * const classifier = LanguageModel.makeClassifier({
 *   name: "loud",
 *   labels: ["quiet", "loud"],
 *   run: (texts) => Effect.succeed(texts.map((text) => Float32Array.of(0, String(text).endsWith("!") ? 50 : -50)))
 * })
 * const judge = { name: "loud", classifier, label: "loud" }
 * const { probability, share } = await Effect.runPromise(Evaluation.strength(judge, [["hey!", "hey"], ["no!", "no!"]]))
 * deepEqual([probability.mean, share.mean, share.count], [0.75, 0.75, 2])
 * ```
 */
export const strength = (
  judge: Pick<Judge, "classifier" | "label">,
  groups: ReadonlyArray<ReadonlyArray<ClassifiedText>>
): Effect.Effect<Strength, ExperimentError | ModelError> => Effect.map(strengths([judge], groups), ([only]) => only!)

/** What each of several judges says of the same texts: those of one classifier have it read them once. */
export const strengths = (
  judges: ReadonlyArray<Pick<Judge, "classifier" | "label">>,
  groups: ReadonlyArray<ReadonlyArray<ClassifiedText>>
): Effect.Effect<ReadonlyArray<Strength>, ExperimentError | ModelError> =>
  Effect.gen(function* () {
    for (const { classifier, label } of judges) {
      if (classifier.labels.includes(label)) continue
      const message = `Cannot find the label ${label} of ${classifier.name}: it has ${classifier.labels.join(", ")}`
      return yield* new ExperimentError({ message })
    }
    const texts = groups.flat()
    const read = new Map<TextClassifier, ReadonlyArray<Float64Array>>()
    for (const classifier of new Set(judges.map((judge) => judge.classifier))) {
      read.set(classifier, (yield* Stream.runCollect(probabilities(classifier, texts))).flat())
    }
    return judges.map(({ classifier, label }) => {
      const at = classifier.labels.indexOf(label)
      const rows = read.get(classifier)!
      const likeliest = (all: Float64Array) => (all.length === 1 ? all[0]! >= 0.5 : all[at]! >= Math.max(...all))
      return {
        probability: clusteredInterval(grouped(groups, rows, (all) => all[at]!)),
        share: clusteredInterval(grouped(groups, rows, (all) => (likeliest(all) ? 1 : 0)))
      }
    })
  })

/** A number for each text, in the groups of the texts. */
const grouped = (
  groups: ReadonlyArray<ReadonlyArray<unknown>>,
  rows: ReadonlyArray<Float64Array>,
  value: (row: Float64Array) => number
): ReadonlyArray<ReadonlyArray<number>> => {
  let done = 0
  return groups.map((texts) => texts.map(() => value(rows[done++]!)))
}

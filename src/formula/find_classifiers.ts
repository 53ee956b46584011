import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Classifiers } from "../model/classifiers.ts"
import type { ModelLoadError } from "../model/models.ts"
import type { TextClassifier } from "../model/text_classifier.ts"
import type { Vocabulary } from "../vocabulary/vocabulary.ts"
import { isClassifier } from "./classifier.ts"
import { FormulaError } from "./errors.ts"
import type { Any, ClassifierNode } from "./formula.ts"
import { excerpt } from "./syntax/print.ts"

/** The classifier of each classifier term. */
export type FoundClassifiers = (node: ClassifierNode) => TextClassifier

/**
 * Finds the classifiers that a formula names, and sees to it that they can be asked what they are to be asked.
 *
 * Errors: `ModelLoadError` of whoever provides classifiers; `FormulaError` where nobody does, where a label is not the
 * classifier's, and where more tokens are to be classified than there are.
 */
export const findClassifiers = (
  nodes: ReadonlyArray<Any>,
  vocabulary: Vocabulary
): Effect.Effect<FoundClassifiers, FormulaError | ModelLoadError> =>
  Effect.gen(function* () {
    const found = new Map<ClassifierNode["classifier"], TextClassifier>()
    for (const node of nodes.filter(isClassifier)) {
      const reference = node.classifier
      const known = found.get(reference) ?? (typeof reference === "object" ? reference : yield* named(node, reference))
      found.set(reference, known)
      const problem = refuse(node, known, vocabulary)
      if (problem !== undefined) return yield* failure(node, problem)
    }
    return (node) => found.get(node.classifier)!
  })

/** A formula that was read from text says nothing of the services that it needs: one may not be there. */
const named = (node: Any, name: string): Effect.Effect<TextClassifier, FormulaError | ModelLoadError> =>
  Effect.flatMap(
    Effect.serviceOption(Classifiers),
    (classifiers): ReturnType<typeof named> =>
      Option.isNone(classifiers)
        ? failure(node, `Cannot find the classifier ${JSON.stringify(name)}: no classifiers were provided`)
        : classifiers.value.get(name)
  )

const refuse = (
  { goal, label, template, topK }: ClassifierNode,
  { labels, name, probabilities }: TextClassifier,
  vocabulary: Vocabulary
): string | undefined => {
  const all = labels.join(", ")
  if (label === undefined && labels.length !== 1) return `Cannot choose a label of ${name}: it has ${all}`
  if (label !== undefined && !labels.includes(label)) return `Cannot find the label ${label} of ${name}: it has ${all}`
  if (goal === "minimize" && probabilities === "softmax" && labels.length === 1) {
    return `Cannot minimize the only label of ${name}: its probability is 1`
  }
  if (topK !== undefined && topK > vocabulary.size) {
    return `Cannot classify the ${topK} likeliest tokens of ${vocabulary.name}: there are ${vocabulary.size}`
  }
  return template !== undefined && vocabulary.tokenizer === undefined
    ? `Cannot use a template with ${vocabulary.name}: it has no tokenizer, so that classifiers get its tokens`
    : undefined
}

const failure = (node: Any, message: string) => {
  const part = excerpt(node)
  return Effect.fail(new FormulaError({ part, message: `${message}: ${part}` }))
}

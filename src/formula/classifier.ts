import type { Classifiers } from "../model/classifiers.ts"
import type { TextClassifier } from "../model/text_classifier.ts"
import { type Any, type ClassifierNode, type Formula, make } from "./formula.ts"

/** The tokens that are classified where nothing is said: the likeliest, as many as the paper takes. */
export const usualTopK = 50

/** What a classifier term is asked, and about what. */
export interface ClassifierTerm<R> {
  /**
   * Whose likeliest continuations are classified. Default: the other terms of the sum that the classifier stands in.
   */
  readonly over?: Formula<R>
  /** The label whose probability counts. May be left out where the classifier has one only. */
  readonly label?: string
  /** How many continuations are classified at each position; all others count as if they changed nothing. Default 50. */
  readonly topK?: number
  /** `minimize`: the probability that the label does not hold counts. Default `maximize`. */
  readonly goal?: "maximize" | "minimize"
  /** What the classifier reads, where `{text}` stands for the text so far. Default: the text so far alone. */
  readonly template?: string
}

/**
 * A classifier as a term: it adds `log C(label | text token) - log C(label | text)` to the score of each of the `topK`
 * likeliest tokens of `over`, and nothing to the others; its weight is 0. The text so far is the user's prompt and the
 * completion; of a conversation it is the completion alone. The classifier reads text, with a tokenizer of its own,
 * whatever the models' is; from models without a tokenizer it gets their tokens.
 *
 * Source: arXiv:2311.14479, section 3.3.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Formula } from "polylogit"
 *
 * const kind = Formula.classifier("toxicity", { label: "toxic", goal: "minimize", topK: 20 })
 * const formula = Formula.add(Formula.model(), Formula.scale(kind, 2))
 * deepEqual(Formula.print(formula), 'model() + 2 * classifier("toxicity", label: "toxic", topK: 20, goal: "minimize")')
 * ```
 */
export const classifier: {
  <R = never>(name: string, options?: ClassifierTerm<R>): Formula<R | Classifiers>
  <R = never>(classifier: TextClassifier, options?: ClassifierTerm<R>): Formula<R>
} = (classifier: string | TextClassifier, options: ClassifierTerm<unknown> = {}): Formula<never> =>
  make({
    _tag: "Classifier",
    classifier,
    over: options.over,
    label: options.label,
    topK: options.topK,
    goal: options.goal ?? "maximize",
    template: options.template
  })

/** What is wrong with the arguments of a classifier term, if anything. */
export const refuseClassifier = ({ template, topK }: ClassifierNode): string | undefined => {
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0)) {
    return `Cannot classify the ${topK} likeliest tokens: a whole number above 0`
  }
  return template === undefined || template.includes("{text}")
    ? undefined
    : "Cannot use a template without {text}, which stands for the text so far"
}

/** Whether a node is a classifier term. */
export const isClassifier = (node: Any): node is Any & ClassifierNode => node._tag === "Classifier"

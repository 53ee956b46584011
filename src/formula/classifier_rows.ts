import * as Effect from "effect/Effect"
import { bayes } from "../logits/bayes.ts"
import { largest } from "../logits/largest.ts"
import { describe, type Row, RowProblem } from "../logits/row.ts"
import { toLogProbs } from "../logits/weighted_row.ts"
import type { Context } from "../model/context.ts"
import type { ModelError } from "../model/language_model.ts"
import { type ClassifiedText, logComplements, logProbabilities, type TextClassifier } from "../model/text_classifier.ts"
import type { Vocabulary } from "../vocabulary/vocabulary.ts"
import { type ClassifiedTexts, classifiedTexts } from "./classified_texts.ts"
import { isClassifier, usualTopK } from "./classifier.ts"
import type { Classify } from "./classifier_memory.ts"
import { EvaluationError } from "./errors.ts"
import { evaluate } from "./evaluate.ts"
import type { Any, ClassifierNode } from "./formula.ts"
import { type Plan, plan } from "./plan.ts"
import { excerpt } from "./syntax/print.ts"

/** The rows that come from outside a formula, of leaves and of classifier terms, one for each position. */
export type OuterRows = ReadonlyMap<Any, ReadonlyArray<Row>>

/** A classifier term with its classifier at hand. */
interface Due {
  readonly node: Any & ClassifierNode
  readonly classifier: TextClassifier
  readonly over: Plan
}

/**
 * The second round: when the rows of all leaves are there, classifier terms are asked about the likeliest tokens of
 * what they are over, all positions of all terms together. A term that another one is over comes a round before it.
 */
export const classifierRows = (
  nodes: ReadonlyArray<Any>,
  found: (node: ClassifierNode) => TextClassifier,
  vocabulary: Vocabulary,
  classify: Classify
) => {
  const rounds = roundsOf(
    nodes
      .filter(isClassifier)
      .map((node): Due => ({ node, classifier: found(node), over: plan(node.over!, { exact: true }) }))
  )
  return (context: Context, from: number, leaves: OuterRows): Effect.Effect<OuterRows, ModelError | EvaluationError> =>
    Effect.gen(function* () {
      const known = new Map(leaves)
      const texts = classifiedTexts(vocabulary, context, from)
      for (const round of rounds) {
        const rows = yield* Effect.forEach(
          round,
          (term) =>
            Effect.gen(function* () {
              const asked = yield* Effect.forEach(texts, (text, i) =>
                askedAt(term, text, { known, i, position: from + i, vocabularySize: vocabulary.size })
              )
              const places = asked.filter((place) => place !== undefined)
              const read = places.flatMap((place) => place.texts).map((text) => inTemplate(term.node, text))
              const logits = yield* classify(term.classifier, read)
              return rowsOf(
                places,
                logits.map((row) => score(term, row)),
                vocabulary.size
              )
            }),
          { concurrency: "unbounded" }
        )
        // a term that is over something pending has no rows
        round.forEach(({ node }, i) => void known.set(node, rows[i]!))
      }
      return known
    })
}

/** Terms by how many others stand one over the other below them. */
const roundsOf = (due: ReadonlyArray<Due>): ReadonlyArray<ReadonlyArray<Due>> => {
  const rounds: Array<Array<Due>> = []
  const levels = new Map<Any, number>()
  for (const term of due) {
    const level = Math.max(0, ...term.over.nodes.map((node) => 1 + (levels.get(node) ?? -1)))
    levels.set(term.node, level)
    rounds[level] ??= []
    rounds[level].push(term)
  }
  return rounds
}

/** What is classified at one position: the text so far, then the text with each of the tokens. */
interface Asked {
  readonly tokens: ReadonlyArray<number>
  readonly texts: ReadonlyArray<ClassifiedText>
}

const askedAt = (
  { node, over }: Due,
  { after, before }: ClassifiedTexts,
  at: {
    readonly known: OuterRows
    readonly i: number
    readonly position: number
    readonly vocabularySize: number
  }
): Effect.Effect<Asked | undefined, EvaluationError> => {
  const value = evaluate(over, { ...at, rows: (leaf) => at.known.get(leaf)?.[at.i] })
  if (value._tag === "Failure") return Effect.fail(value.failure)
  if (value.success._tag === "Pending") return Effect.undefined
  const law = toLogProbs(value.success)
  if (law instanceof RowProblem) {
    const part = excerpt(node)
    const message = `Cannot tell the likeliest tokens that ${part} is over: ${describe(law)}`
    return Effect.fail(new EvaluationError({ part, reason: law.reason, message }))
  }
  const tokens = largest(law, node.topK ?? usualTopK).filter((token) => law[token]! > Number.NEGATIVE_INFINITY)
  return Effect.succeed({ tokens, texts: [before, ...tokens.map(after)] })
}

/** The row of each place, from the log-probabilities of all its texts. */
const rowsOf = (places: ReadonlyArray<Asked>, scores: ReadonlyArray<number>, vocabularySize: number) => {
  let at = 0
  return places.map(({ tokens }): Row => {
    const [before, ...after] = scores.slice(at, at + tokens.length + 1) as [number, ...Array<number>]
    at += after.length + 1
    return bayes(vocabularySize, { before, tokens, after })
  })
}

const inTemplate = ({ template }: ClassifierNode, text: ClassifiedText): ClassifiedText =>
  template === undefined ? text : template.replaceAll("{text}", () => `${text}`)

/** `log C(label | text)`, or that of its contrary. */
const score = ({ classifier, node }: Due, logits: Float32Array): number => {
  const label = node.label === undefined ? 0 : classifier.labels.indexOf(node.label)
  return (node.goal === "minimize" ? logComplements : logProbabilities)(classifier, logits)[label]!
}

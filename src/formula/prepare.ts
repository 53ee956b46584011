import * as Services from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import type { Normalization, Weighted } from "../logits/weighted_row.ts"
import type { Context, Prompt } from "../model/context.ts"
import type { LanguageModel, ModelError } from "../model/language_model.ts"
import type { ModelLoadError } from "../model/models.ts"
import { PromptError } from "../model/render.ts"
import type { Vocabulary } from "../vocabulary/vocabulary.ts"
import { untokenized } from "../vocabulary/vocabulary.ts"
import { sameVocabulary, type VocabularyMismatch } from "../vocabulary/vocabulary_mismatch.ts"
import { type IsPending, weightBounds } from "./bounds.ts"
import { check } from "./check.ts"
import { isClassifier } from "./classifier.ts"
import { type Classify, classifierMemory } from "./classifier_memory.ts"
import { classifierRows, type OuterRows } from "./classifier_rows.ts"
import { type EvaluationError, FormulaError } from "./errors.ts"
import { evaluate } from "./evaluate.ts"
import { type FoundClassifiers, findClassifiers } from "./find_classifiers.ts"
import { findModel } from "./find_model.ts"
import { postorder } from "./fold.ts"
import type { Any, Formula } from "./formula.ts"
import { distinct } from "./identity.ts"
import { type DueLeaf, type Introduce, introduceOnce, type LeafRows, leafRows } from "./leaf_rows.ts"
import { isLeaf } from "./leaves.ts"
import { partial } from "./partial.ts"
import { type LeafNode, type Plan, plan } from "./plan.ts"
import type { RowMemory } from "./row_memory.ts"
import { settle } from "./settle.ts"
import { excerpt } from "./syntax/print.ts"

/** Why a formula could not be made ready. */
export type PrepareError = FormulaError | ModelLoadError | VocabularyMismatch

/** Why a row could not be computed. */
export type RowError = EvaluationError | ModelError | PromptError

/** How a formula is made ready. */
export interface PrepareOptions {
  /** `none`: the whole formula is not divided by its weight. Default `kl`. */
  readonly normalize?: Normalization | undefined
  /** Leaves that are left out of the formula until their rows are known. */
  readonly pending?: IsPending | undefined
  /** V, for a formula in which no model or row says it. */
  readonly vocabularySize?: number | undefined
  /** Scores as Theorem 1 has them; otherwise up to a constant that normalizing takes away, which is cheaper. */
  readonly exact?: boolean | undefined
  /** Also finds the models that only drafts need (the first operands of `supersede`), for `partial`. Default false. */
  readonly drafts?: boolean | undefined
}

/** A formula with its models at hand. */
export interface Prepared {
  readonly formula: Any
  readonly vocabulary: Vocabulary
  readonly normalize: Normalization
  /** How many models `rows` calls: terms on one model go in one call. */
  readonly models: number
  /** How many tokens can follow a prompt before some term's context window is full; fails where the prompt overfills it. */
  readonly room: (prompt: Prompt) => Effect.Effect<number, PromptError>
  /**
   * The weighted rows after the first `from`, …, `completion.length` tokens of the completion. All terms, and whatever
   * other fibers ask of the same models at the same moment, are scored together.
   */
  readonly rows: (
    context: Context,
    from: number,
    memory?: RowMemory
  ) => Effect.Effect<ReadonlyArray<Weighted>, RowError>
  /** All leaves of the whole formula, each distinct one once; a term's number is its place here, counted from 1. */
  readonly terms: ReadonlyArray<LeafNode>
  /** Those among them that `rows` asks: fixed rows, and drafts of known targets, are not. */
  readonly asked: ReadonlyArray<LeafNode>
  /** Whether a term's rows can be had: those of drafts only where `drafts` was asked for. */
  readonly has: (leaf: LeafNode) => boolean
  /** The longest context that all models of `rows` can score, in tokens. */
  readonly contextLength: number
  /** The model of a term; `undefined` for fixed rows and for streams of a user's own. */
  readonly modelOf: (leaf: LeafNode) => LanguageModel | undefined
  /** The partial formula without some of its terms, over the same models; `undefined` where nothing is left. */
  readonly partial: (pending: IsPending) => Prepared | undefined
}

/** Checks a formula, finds its models and sees to it that they speak of the same tokens. */
export const prepare = <R>(
  formula: Formula<R>,
  options: PrepareOptions = {}
): Effect.Effect<Prepared, PrepareError, R> =>
  Effect.gen(function* () {
    yield* Effect.fromResult(check(formula, options))
    // a row is computed in the span of whoever asks for it, not of who made the formula ready
    const services = Services.omit(Tracer.ParentSpan)(yield* Effect.context<R>())
    const { exact = false, normalize = "kl", pending = () => false } = options
    const root = distinct<Any>(yield* Effect.fromResult(settle(formula)))
    const ready = plan(root, { exact, pending })
    if (weightBounds(ready.root, pending) === undefined) {
      return yield* refuse(formula, "Cannot evaluate a formula all of whose terms are pending")
    }
    const due: Array<DueLeaf> = []
    for (const leaf of options.drafts ? postorder(root).filter(isLeaf) : ready.leaves) {
      if (pending(leaf)) continue
      if (leaf._tag !== "Model") due.push({ _tag: leaf._tag, leaf } as DueLeaf)
      else due.push({ _tag: "Model", leaf, model: yield* Effect.provideContext(findModel(leaf), services as never) })
    }
    const vocabulary = yield* vocabularyOf(formula, due, options.vocabularySize)
    const terms = postorder(root).filter(isLeaf)
    const asking = options.drafts ? postorder(root) : ready.nodes
    const classifiers = yield* Effect.provideContext(findClassifiers(asking, vocabulary), services as never)
    const shared = { terms, due, classifiers, classify: classifierMemory(), vocabulary, normalize, exact, services }
    return over({ ...shared, introduce: introduceOnce() }, root, ready)
  })

/** What a formula and all its partial formulas share. */
interface Shared {
  readonly terms: ReadonlyArray<LeafNode>
  readonly due: ReadonlyArray<DueLeaf>
  readonly classifiers: FoundClassifiers
  readonly classify: Classify
  readonly vocabulary: Vocabulary
  readonly normalize: Normalization
  readonly exact: boolean
  readonly services: unknown
  readonly introduce: Introduce
}

const over = (shared: Shared, formula: Any, ready: Plan): Prepared => {
  const { classifiers, classify, due, introduce, normalize, services, terms, vocabulary } = shared
  const own = due.filter(({ leaf }) => ready.leaves.includes(leaf))
  const leaves = leafRows(own, introduce)
  const outer = ready.nodes.some(isClassifier)
    ? classifierRows(ready.nodes, classifiers, vocabulary, classify)
    : undefined
  const ask = (context: Context, from: number, memory?: RowMemory): Effect.Effect<OuterRows, RowError, unknown> =>
    outer === undefined
      ? leaves(context, from, memory)
      : Effect.flatMap(leaves(context, from, memory), (known) => outer(context, from, known))
  const models = own.filter((one) => one._tag === "Model")
  // only streams of a user's own need services
  const provided = own.some(({ _tag }) => _tag === "Stream")
    ? (...of: Parameters<typeof ask>) => Effect.provideContext(ask(...of), services as never)
    : (ask as (...of: Parameters<typeof ask>) => Effect.Effect<LeafRows, ModelError | PromptError>)
  return {
    formula,
    vocabulary,
    normalize,
    models: new Set(models.map((one) => one.model.weights)).size,
    terms,
    asked: own.filter(({ _tag }) => _tag !== "Row").map(({ leaf }) => leaf),
    has: (leaf) => due.some((one) => one.leaf === leaf),
    contextLength: models.reduce((least, { model }) => Math.min(least, model.contextLength), Number.MAX_SAFE_INTEGER),
    modelOf: (leaf) => {
      const found = due.find((one) => one.leaf === leaf)
      return found?._tag === "Model" ? found.model : undefined
    },
    partial: (pending) => {
      const left = partial(formula, pending)
      return left && over(shared, left, plan(left, shared))
    },
    room: (prompt) =>
      Effect.map(
        Effect.forEach(models, ({ leaf, model }) =>
          Effect.flatMap(Effect.fromResult(introduce(leaf, model, prompt)), (tokens) =>
            roomBehind(tokens.length, model)
          )
        ),
        (rooms) => Math.min(Number.MAX_SAFE_INTEGER, ...rooms)
      ),
    rows: (context, from, memory) =>
      Effect.flatMap(provided(context, from, memory), (known) => {
        const rows: Array<Weighted> = []
        for (let position = from; position <= context.completion.length; position++) {
          const row = evaluate(ready, {
            rows: (node) => known.get(node)?.[position - from],
            position,
            vocabularySize: vocabulary.size
          })
          if (row._tag === "Failure") return Effect.fail(row.failure)
          rows.push(row.success)
        }
        return Effect.succeed(rows)
      })
  }
}

/** The row after a full window is the last one. */
const roomBehind = (length: number, { contextLength, name }: LanguageModel) =>
  length <= contextLength
    ? Effect.succeed(contextLength - length + 1)
    : Effect.fail(
        new PromptError({
          model: name,
          message: `Cannot continue a prompt of ${length} tokens with ${name}: its context window holds ${contextLength}`
        })
      )

const refuse = (formula: Any, message: string) => {
  const part = excerpt(formula)
  return Effect.fail(new FormulaError({ part, message: `${message}: ${part}` }))
}

/** The one vocabulary of all models, or one of bare ids as long as the rows are. */
const vocabularyOf = (
  formula: Any,
  due: ReadonlyArray<DueLeaf>,
  given: number | undefined
): Effect.Effect<Vocabulary, FormulaError | VocabularyMismatch> => {
  const vocabularies = due.flatMap((one) => (one._tag === "Model" ? [one.model.vocabulary] : []))
  const shared = sameVocabulary(vocabularies)
  if (shared._tag === "Failure") return Effect.fail(shared.failure)
  const row = due.find((one) => one._tag === "Row")?.leaf
  const size = shared.success?.size ?? given ?? row?.logits.length
  if (size !== undefined) {
    for (const { leaf } of due.filter((one) => one._tag === "Row")) {
      if (leaf.logits.length !== size) {
        const against = shared.success?.name ?? "the others"
        return refuse(
          leaf,
          `Cannot combine a row of ${leaf.logits.length} logits with ${against}, whose rows have ${size}`
        )
      }
    }
  }
  if (shared.success !== undefined) return Effect.succeed(shared.success)
  return size === undefined
    ? refuse(formula, "Cannot tell the vocabulary size of a formula without models: give it as an option")
    : Effect.succeed(untokenized(size))
}

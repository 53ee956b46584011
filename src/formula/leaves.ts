import type { LanguageModel } from "../model/language_model.ts"
import type { Models } from "../model/models.ts"
import { type Any, type Formula, type ModelReference, make, type PromptTemplate } from "./formula.ts"

/**
 * A model without a prompt of its own: the default model, a named one, or a `LanguageModel` at hand.
 * As a term: the log-softmax of its logits, with weight 1.
 */
export const model: {
  (name?: string): Formula<Models>
  (model: LanguageModel): Formula
} = (reference?: ModelReference): Formula<never> =>
  make({ _tag: "Model", model: reference, prompt: undefined, template: "auto", mix: undefined })

/**
 * A model behind a prompt. `template`: `chat` renders the prompt as the system message of the model's chat template,
 * `plain` puts it before the user's text as it stands, `auto` (the default) is `chat` where the model has a template.
 */
export const prompt: {
  (text: string, options?: { readonly model?: string; readonly template?: PromptTemplate }): Formula<Models>
  (text: string, options: { readonly model: LanguageModel; readonly template?: PromptTemplate }): Formula
} = (
  text: string,
  options: { readonly model?: ModelReference; readonly template?: PromptTemplate } = {}
): Formula<never> =>
  make({ _tag: "Model", model: options.model, prompt: text, template: options.template ?? "auto", mix: undefined })

/** Raw rows instead of log-probabilities: a leaf's scores as they are, with weight 0. */
export const scores = <R>(of: Formula<R>): Formula<R> => make({ _tag: "Scores", of })

/** The uniform distribution, weight 1. */
export const uniform = (): Formula => make({ _tag: "Uniform" })

/** The same logits at every position; `name` is how text refers to it. */
export const row = (logits: Iterable<number>, options: { readonly name?: string } = {}): Formula =>
  make({ _tag: "Row", name: options.name, logits: Array.from(logits) })

/** Whether a node's rows come from outside. */
export const isLeaf = (node: Any): node is Any & { readonly _tag: "Model" | "Stream" | "Row" } =>
  node._tag === "Model" || node._tag === "Stream" || node._tag === "Row"

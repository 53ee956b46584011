import * as Effect from "effect/Effect"
import type { LanguageModel } from "../model/language_model.ts"
import { Models } from "../model/models.ts"
import { measured, measuredLines } from "./measured_model.ts"
import { type ModelInput, modelsLayer } from "./models_layer.ts"
import { pretty } from "./output.ts"

/** What is said of one model. */
export interface DescribeInput extends ModelInput {
  readonly measure: boolean
  readonly json: boolean
}

/** What is known of a model, and where it is asked for what it costs. */
export const describeModel = (input: DescribeInput) =>
  Effect.gen(function* () {
    const models = yield* Models
    const open = models.get(input.model)
    const cost = input.measure ? yield* measured(open, input) : undefined
    const model = yield* open
    const known = { ...factsOf(input.model ?? model.name, model), ...(cost && { measured: cost }) }
    if (input.json) return pretty(known)
    return `${[...lines(known, model), ...(cost === undefined ? [] : measuredLines(cost))].join("\n")}\n`
  }).pipe(Effect.scoped, Effect.provide(modelsLayer(input)))

const factsOf = (name: string, { adapters = [], contextLength, runtime, vocabulary }: LanguageModel) => {
  const { padding = 0, size, special, template, tokenizer } = vocabulary
  return {
    name,
    runtime: runtime ?? null,
    contextLength: contextLength < Number.MAX_SAFE_INTEGER ? contextLength : null,
    vocabularySize: size,
    padding,
    beginning: special.beginning ?? null,
    end: special.end,
    tokenizer: tokenizer !== undefined,
    chatTemplate: template !== undefined,
    adapters
  }
}

const lines = (known: ReturnType<typeof factsOf>, { vocabulary: { special } }: LanguageModel) => {
  const { padding } = known
  const padded = padding > 0 ? `; rows are ${padding} longer, and that end, which stands for no token, is cut` : ""
  return [
    `model          ${known.name}`,
    `runtime        ${known.runtime ?? "none"}`,
    `window         ${known.contextLength ?? "unbounded"} tokens`,
    `vocabulary     ${known.vocabularySize} tokens${padded}`,
    `special        begins with ${special.beginning ?? "nothing"}, ends with ${special.end.join(", ") || "nothing"}`,
    `tokenizer      ${known.tokenizer ? "yes" : "none: token ids only"}`,
    `chat template  ${known.chatTemplate ? "yes" : "none"}`,
    `adapters       ${known.adapters.join(", ") || "none"}`
  ]
}

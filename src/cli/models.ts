import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { showBytes } from "../backends/hub/progress.ts"
import { type CachedModel, cachedModels } from "../backends/hub/scan.ts"
import { embedded } from "../embedded/list.ts"
import { prompts } from "../embedded/prompts.ts"
import { Models } from "../model/models.ts"
import { jsonFlag, modelFlags } from "./flags.ts"
import { modelsLayer } from "./models_layer.ts"
import { standard } from "./output.ts"

/** `polylogit models`: what can stand after --model, and in prompt("…"); with --model, what is known of one. */
export const models = Command.make("models", { ...modelFlags, json: jsonFlag }, (input) =>
  Effect.flatMap(
    input.model === undefined
      ? Effect.map(cachedModels, (cached) => listing(cached, input.json))
      : details(input.model, input.json).pipe(Effect.provide(modelsLayer(input))),
    (text) => standard.write(text)
  )
).pipe(
  Command.withDescription(
    "List the models that are here: those of the package, with their prompts, and those in the Hugging Face cache"
  ),
  Command.withExamples([
    { command: "polylogit models", description: "all of them" },
    { command: "polylogit models --model ./folder", description: "load one, and say what it is" },
    { command: "polylogit models --model org/name@main", description: "the same by name: from the cache, or fetched" }
  ])
)

const listing = (cached: ReadonlyArray<CachedModel>, json: boolean): string =>
  json
    ? pretty({
        models: embedded.map(({ description, name }) => ({ name, description })),
        cached,
        prompts: prompts.flatMap(([, wordings]) => wordings)
      })
    : [
        "Embedded models (the first is the default):",
        ...embedded.map(({ description, name }) => `  ${name.padEnd(14)} ${description}`),
        "",
        ...(cached.length === 0 ? [] : ["Models in the Hugging Face cache:", ...cached.map(cachedLine), ""]),
        "Any folder in the Hugging Face layout (safetensors of a decoder, or onnx/model*.onnx) can be named by its path, a",
        "model on a hub as org/name or org/name@revision.",
        "",
        'Prompts of tales, each to be used as it stands: prompt("A fairy tale.")',
        ...prompts.map(([style, wordings]) => `  ${style.padEnd(18)} ${wordings.join(" | ")}`),
        ""
      ].join("\n")

const cachedLine = ({ name, revisions: [first, ...others], size }: CachedModel): string => {
  const also = others.length === 0 ? "" : `, also ${others.map((revision) => `@${revision}`).join(", ")}`
  return `  ${`${name}@${first}`.padEnd(40)} ${showBytes(size).padStart(9)}${also}`
}

const details = (name: string, json: boolean) =>
  Effect.map(
    Models.use((all) => all.get(name)),
    ({ contextLength, vocabulary }) => {
      const { padding = 0, size, special, template, tokenizer } = vocabulary
      const known = {
        name,
        contextLength: Number.isSafeInteger(contextLength) ? contextLength : null,
        vocabularySize: size,
        padding,
        beginning: special.beginning ?? null,
        end: special.end,
        tokenizer: tokenizer !== undefined,
        chatTemplate: template !== undefined
      }
      if (json) return pretty(known)
      const padded = padding > 0 ? `; rows are ${padding} longer, and that end, which stands for no token, is cut` : ""
      return [
        `model          ${name}`,
        `window         ${known.contextLength ?? "unbounded"} tokens`,
        `vocabulary     ${size} tokens${padded}`,
        `special        begins with ${special.beginning ?? "nothing"}, ends with ${special.end.join(", ") || "nothing"}`,
        `tokenizer      ${known.tokenizer ? "yes" : "none: token ids only"}`,
        `chat template  ${known.chatTemplate ? "yes" : "none"}`,
        ""
      ].join("\n")
    }
  )

const pretty = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`

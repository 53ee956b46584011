import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { showBytes } from "../backends/hub/progress.ts"
import { type CachedModel, cachedModels } from "../backends/hub/scan.ts"
import { embeddedClassifiers } from "../embedded/classifiers.ts"
import { embedded } from "../embedded/list.ts"
import { prompts } from "../embedded/prompts.ts"
import { describeModel } from "./describe_model.ts"
import { jsonFlag, modelFlags } from "./flags.ts"
import { pretty, standard } from "./output.ts"

const measureFlag = Flag.Boolean("measure").pipe(
  Flag.withDescription("Measure the model: memory, prefill and decode speed, and what int8 or int4 cost"),
  Flag.withDefault(false)
)

/**
 * `polylogit models`: what can stand after --model, and in prompt("…"); with --model, what is known of one; with
 * --measure, what it costs.
 */
export const models = Command.make("models", { ...modelFlags, measure: measureFlag, json: jsonFlag }, (input) =>
  Effect.flatMap(
    input.model === undefined && input.adapter.length === 0 && !input.measure
      ? Effect.map(cachedModels, (cached) => listing(cached, input.json))
      : describeModel(input),
    (text) => standard.write(text)
  )
).pipe(
  Command.withDescription(
    "List what is here: the models of the package with their prompts and adapters, its classifiers, and the models in the Hugging Face cache"
  ),
  Command.withExamples([
    { command: "polylogit models", description: "all of them" },
    { command: "polylogit models --model ./folder", description: "load one, and say what it is" },
    { command: "polylogit models --model org/name@main", description: "the same by name: from the cache, or fetched" },
    {
      command: "polylogit models --dtype int4 --measure",
      description: "what tales costs here in 4 bits, and what is lost"
    }
  ])
)

const listing = (cached: ReadonlyArray<CachedModel>, json: boolean): string =>
  json
    ? pretty({
        models: embedded.map(({ adapters = [], description, name }) => ({ name, description, adapters })),
        classifiers: embeddedClassifiers.map(({ description, labels, name }) => ({ name, description, labels })),
        cached,
        prompts: prompts.flatMap(([, wordings]) => wordings)
      })
    : [
        "Embedded models (the first is the default):",
        ...embedded.map(({ description, name }) => `  ${name.padEnd(22)} ${description}`),
        "",
        ...embedded.flatMap(({ adapters = [], name }) => {
          const attributes = attributesOf(adapters)
          return attributes.length === 0
            ? []
            : [`Attributes of ${name}, for interpolate(…): ${attributes.join(", ")}`, ""]
        }),
        "Embedded classifiers, and their labels:",
        ...embeddedClassifiers.flatMap(({ description, labels, name }) => [
          `  ${name.padEnd(22)} ${description}`,
          ...(labels.length === 0 ? [] : [`  ${"".padEnd(22)} ${labels.join(", ")}`])
        ]),
        "",
        ...(cached.length === 0 ? [] : ["Models in the Hugging Face cache:", ...cached.map(cachedLine), ""]),
        "Any folder in the Hugging Face layout (safetensors of a decoder, or onnx/model*.onnx) can be named by its path, a",
        "model on a hub as org/name or org/name@revision.",
        "",
        'Prompts of tales, each to be used as it stands: prompt("A fairy tale.")',
        ...prompts.map(([style, wordings]) => `  ${style.padEnd(18)} ${wordings.join(" | ")}`),
        ""
      ].join("\n")

/** What has an adapter at either end. */
const attributesOf = (adapters: ReadonlyArray<string>): ReadonlyArray<string> =>
  adapters.flatMap((name) => {
    const attribute = name.slice(0, -1)
    return name.endsWith("+") && adapters.includes(`${attribute}-`) ? [attribute] : []
  })

const cachedLine = ({ name, revisions: [first, ...others], size }: CachedModel): string => {
  const also = others.length === 0 ? "" : `, also ${others.map((revision) => `@${revision}`).join(", ")}`
  return `  ${`${name}@${first}`.padEnd(40)} ${showBytes(size).padStart(9)}${also}`
}

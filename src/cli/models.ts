import * as Command from "effect/cli/Command"
import { embedded } from "../embedded/list.ts"
import { prompts } from "../embedded/prompts.ts"
import { jsonFlag } from "./flags.ts"
import { standard } from "./output.ts"

/** `polylogit models`: what can stand after --model, and in prompt("…"). */
export const models = Command.make("models", { json: jsonFlag }, (input) =>
  standard.write(
    input.json
      ? `${JSON.stringify({ models: embedded.map(({ description, name }) => ({ name, description })), prompts: prompts.flatMap(([, wordings]) => wordings) }, undefined, 2)}\n`
      : [
          "Embedded models (the first is the default):",
          ...embedded.map(({ description, name }) => `  ${name.padEnd(14)} ${description}`),
          "",
          "Any folder in the Hugging Face layout (safetensors of a Llama, or onnx/model*.onnx) can be named by its path.",
          "",
          'Prompts of tales, each to be used as it stands: prompt("A fairy tale.")',
          ...prompts.map(([style, wordings]) => `  ${style.padEnd(18)} ${wordings.join(" | ")}`),
          ""
        ].join("\n")
  )
).pipe(
  Command.withDescription("List the models that ship with the package and the prompts that they know"),
  Command.withExamples([{ command: "polylogit models", description: "all of them" }])
)

import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { classify } from "./classify.ts"
import { explain } from "./explain.ts"
import { generate } from "./generate.ts"
import { logits } from "./logits.ts"
import { models } from "./models.ts"
import { sweep } from "./sweep.ts"
import { tokenize } from "./tokenize.ts"

/** The command line. */
export const polylogit = Command.make("polylogit").pipe(
  Command.withDescription("Text from a formula over language models"),
  Command.withExamples([
    {
      command: `polylogit generate 'prompt("A fairy tale.") - 0.3 * prompt("A poem.")' --prompt 'Once'`,
      description: "text"
    },
    { command: "polylogit generate --help", description: "all options of a command" }
  ]),
  Command.withSubcommands([generate, logits, explain, sweep, classify, tokenize, models])
)

/** A wrong invocation is told in two lines on standard error; help goes to standard output. */
export const layerPresenter: Layer.Layer<never> = CliOutput.layerPresenter({
  present: (event) =>
    event._tag !== "InvalidInvocation"
      ? CliOutput.defaultPresenter.present(event)
      : Effect.sync(() => {
          const reasons = event.errors.map((error) => error.message.replaceAll(/\s*\n\s*/g, " "))
          process.stderr.write(`polylogit: ${reasons.join("; ")}\nTry: ${event.commandPath.join(" ")} --help\n`)
        })
})

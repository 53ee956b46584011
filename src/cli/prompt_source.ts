import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { readText } from "./formula_source.ts"
import { Mistake } from "./mistake.ts"

/** The text to continue: a flag, a file or standard input; one of them. */
export const readPrompt = (input: {
  readonly stdin: Option.Option<string>
  readonly prompt: string | undefined
  readonly promptFile: string | undefined
}): Effect.Effect<string, Mistake> => {
  const stdin = Option.getOrUndefined(input.stdin)
  const sources = [stdin, input.prompt, input.promptFile].filter((source) => source !== undefined)
  if (sources.length > 1) {
    return Effect.fail(new Mistake({ message: "Cannot use more than one prompt: give --prompt, --prompt-file or -" }))
  }
  if (stdin !== undefined && stdin !== "-") {
    return Effect.fail(
      new Mistake({ message: `Cannot read ${stdin} as a second argument: only - may follow the formula` })
    )
  }
  return input.prompt !== undefined ? Effect.succeed(input.prompt) : readTextOr(input.promptFile ?? stdin)
}

const readTextOr = (path: string | undefined) => (path === undefined ? Effect.succeed("") : readText(path))

import * as Effect from "effect/Effect"
import { readText } from "./formula_source.ts"
import { Mistake } from "./mistake.ts"

/** The lines of a file, or of standard input for `-`; none of them may be empty. */
export const readLines = (path: string): Effect.Effect<ReadonlyArray<string>, Mistake> =>
  Effect.flatMap(readText(path), (text) => {
    const lines = text.replace(/\r?\n$/, "").split(/\r?\n/)
    const empty = lines.indexOf("")
    const from = path === "-" ? "standard input" : path
    if (text === "") return Effect.fail(new Mistake({ message: `Cannot read lines from ${from}: there are none` }))
    return empty < 0
      ? Effect.succeed(lines)
      : Effect.fail(new Mistake({ message: `Cannot use line ${empty + 1} of ${from}: it is empty` }))
  })

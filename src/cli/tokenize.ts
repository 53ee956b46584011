import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { layerWith } from "../embedded/models.ts"
import { Models } from "../model/models.ts"
import { jsonFlag, modelFlags } from "./flags.ts"
import { Mistake } from "./mistake.ts"
import { standard } from "./output.ts"

/** `polylogit tokenize`: a text as token ids. */
export const tokenize = Command.make(
  "tokenize",
  {
    text: Argument.String("text").pipe(Argument.withDescription("The text")),
    model: modelFlags.model,
    json: jsonFlag
  },
  (input) =>
    Effect.gen(function* () {
      const { vocabulary } = yield* Models.use((models) => models.get(undefined))
      const { tokenizer } = vocabulary
      if (tokenizer === undefined) {
        return yield* new Mistake({ message: `Cannot tokenize with ${vocabulary.name}: it came without a tokenizer` })
      }
      const tokens = tokenizer.encode(input.text, { special: true })
      const pieces = tokens.map((token) => tokenizer.token(token) ?? "")
      yield* standard.write(
        input.json
          ? `${JSON.stringify({ tokens, pieces })}\n`
          : `${tokens.join(",")}\n${pieces.map((piece) => JSON.stringify(piece)).join(" ")}\n`
      )
    }).pipe(Effect.provide(layerWith({ model: input.model })))
).pipe(
  Command.withDescription("Print the token ids of a text, and the tokens"),
  Command.withExamples([
    { command: "polylogit tokenize 'Once upon a time'", description: "with the embedded tokenizer" }
  ])
)

import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { layerClassifiers } from "../embedded/classifiers.ts"
import { Classifiers } from "../model/classifiers.ts"
import { probabilities } from "../model/probabilities.ts"
import type { TextClassifier } from "../model/text_classifier.ts"
import { aligned } from "./aligned.ts"
import { jsonFlag, maybe } from "./flags.ts"
import { readLines } from "./lines.ts"
import { Mistake } from "./mistake.ts"
import { pretty, standard } from "./output.ts"
import { progress, waiting } from "./progress.ts"

/** `polylogit classify`: what a classifier thinks of texts. */
export const classify = Command.make(
  "classify",
  {
    texts: Argument.String("text").pipe(
      Argument.withDescription("Texts; - reads lines of standard input, -- stands before one that begins with a minus"),
      Argument.atLeast(0)
    ),
    file: maybe(Flag.String("file").pipe(Flag.withDescription("A file with one text a line"))),
    classifier: maybe(
      Flag.String("classifier").pipe(
        Flag.withMetavar("NAME"),
        Flag.withDescription("A classifier, as formulas name it")
      )
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.gen(function* () {
      const { classifier: name } = input
      if (name === undefined) {
        return yield* new Mistake({ message: "Cannot classify without a classifier: name one with --classifier" })
      }
      const given = yield* Effect.forEach(input.texts, (text) =>
        text === "-" ? readLines("-") : Effect.succeed([text])
      )
      const texts = [...given.flat(), ...(input.file === undefined ? [] : yield* readLines(input.file))]
      if (texts.length === 0) {
        return yield* new Mistake({ message: "Cannot classify without a text: give some, - or --file" })
      }
      if (texts.includes("")) return yield* new Mistake({ message: "Cannot classify an empty text" })
      const classifier = yield* Classifiers.use(({ get }) => waiting(`Loading ${name}`)(get(name)))
      const told = yield* progress("classified", "texts")
      const all: Array<Classified> = []
      let done = 0
      told.tell(done, texts.length)
      yield* Stream.runForEach(probabilities(classifier, texts), (rows) => {
        const some = rows.map((row, i) => verdict(classifier, texts[done + i]!, row))
        done += rows.length
        all.push(...some)
        const text = some.map((one) => shown(one, texts.length > 1)).join("")
        const write = input.json ? Effect.void : told.aside(standard.write(text))
        return Effect.andThen(
          write,
          Effect.sync(() => told.tell(done, texts.length))
        )
      })
      if (input.json) yield* told.aside(standard.write(pretty({ classifier: name, texts: all })))
      // texts that are too long are refused: a verdict on the end of one would be none on it
    }).pipe(Effect.scoped, Effect.provide(layerClassifiers()))
).pipe(
  Command.withDescription("Print the probability of each label of texts, the likeliest label first"),
  Command.withExamples([
    { command: "polylogit classify 'What a day!' --classifier sentiment", description: "one text" },
    { command: "polylogit classify - --classifier sentiment --json < lines.txt", description: "many" }
  ])
)

interface Classified {
  readonly text: string
  readonly labels: ReadonlyArray<{ readonly label: string; readonly probability: number }>
}

const verdict = ({ labels }: TextClassifier, text: string, probabilities: Float64Array): Classified => ({
  text,
  labels: labels
    .map((label, i) => ({ label, probability: probabilities[i]! }))
    .toSorted((a, b) => b.probability - a.probability)
})

const shown = ({ labels, text }: Classified, heading: boolean): string => {
  const [, ...lines] = aligned(
    ["", ""],
    labels.map(({ label, probability }) => [label, probability.toFixed(4)])
  )
  return `${heading ? `${JSON.stringify(text)}\n` : ""}${lines.map((line) => `${heading ? "  " : ""}${line}\n`).join("")}`
}

import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { layerClassifiers } from "../embedded/classifiers.ts"
import { Classifiers } from "../model/classifiers.ts"
import { logProbabilities, type TextClassifier } from "../model/text_classifier.ts"
import { aligned } from "./aligned.ts"
import { jsonFlag, maybe } from "./flags.ts"
import { readLines } from "./lines.ts"
import { Mistake } from "./mistake.ts"
import { pretty, standard } from "./output.ts"
import { progress, waiting } from "./progress.ts"

/** So many texts are classified in one call. */
const textsAtOnce = 64

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
      for (let from = 0; from < texts.length; from += textsAtOnce) {
        told.tell(from, texts.length)
        const some = yield* judged(classifier, texts.slice(from, from + textsAtOnce))
        if (input.json) all.push(...some)
        else yield* told.aside(standard.write(some.map((one) => shown(one, texts.length > 1)).join("")))
      }
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

const judged = (classifier: TextClassifier, texts: ReadonlyArray<string>) =>
  Effect.map(classifier.classify(texts), (rows) =>
    rows.map((row, i): Classified => {
      const probabilities = logProbabilities(classifier, row).map(Math.exp)
      const labels = classifier.labels.map((label, j) => ({ label, probability: probabilities[j]! }))
      return { text: texts[i]!, labels: labels.toSorted((a, b) => b.probability - a.probability) }
    })
  )

const shown = ({ labels, text }: Classified, heading: boolean): string => {
  const [, ...lines] = aligned(
    ["", ""],
    labels.map(({ label, probability }) => [label, probability.toFixed(4)])
  )
  return `${heading ? `${JSON.stringify(text)}\n` : ""}${lines.map((line) => `${heading ? "  " : ""}${line}\n`).join("")}`
}

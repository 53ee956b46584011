import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Formula, Generation, LanguageModel, Vocabulary } from "../src/mod.ts"
import { scores } from "./scores.ts"
import { compare, table } from "./table.ts"

/** A vocabulary of made-up words, so that there is text to make. */
const words = (size: number): Vocabulary.Vocabulary => ({
  ...Vocabulary.untokenized(size),
  tokenizer: {
    size,
    encode: (text) => [...Buffer.from(text)].map((byte) => byte % size),
    decode: (tokens) => tokens.map((token) => `${token} `).join(""),
    token: (id) => String(id)
  }
})

/** A model that takes no time: it has its rows already. */
const instant = (vocabulary: Vocabulary.Vocabulary): LanguageModel.LanguageModel => {
  const rows = Array.from({ length: 16 }, (_, i) => scores(vocabulary.size, i + 1))
  return LanguageModel.make({
    name: "instant",
    vocabulary,
    contextLength: 1_000_000,
    run: (requests) =>
      Effect.sync(() =>
        requests.map(({ context, from }, i) =>
          Array.from({ length: context.length - from + 1 }, (_, n) => rows[(from + n + 5 * i) % rows.length]!)
        )
      )
  })
}

/** What a token costs above its model: formula, law, draw, events and text, over a model that answers at once. */
export const overhead = async (): Promise<string> => {
  const model = instant(words(4_096))
  const [a, b, c] = ["a", "b", "c"].map((text) => Formula.prompt(text, { model })) as [
    Formula.Formula,
    Formula.Formula,
    Formula.Formula
  ]
  const three = a.pipe(Formula.subtract(Formula.scale(b, 0.6)), Formula.add(c))
  const write =
    (formula: Formula.Formula, options: Generation.GenerationOptions = {}) =>
    async () => {
      let tokens = 0
      const events = Generation.events(formula, { prompt: "a tale", maxTokens: 256, seed: 1, ...options })
      await Effect.runPromise(
        Stream.runForEach(events, (event) => Effect.sync(() => void (event._tag === "Token" && tokens++)))
      )
      return tokens
    }
  const nucleus = { topP: 0.9, temperature: 0.8 }
  const timings = await compare([
    { name: "1 term", run: write(a) },
    { name: "1 term, topP 0.9, temperature 0.8", run: write(a, nucleus) },
    { name: "3 terms, linear", run: write(three) },
    { name: "3 terms, linear, topP 0.9, temperature 0.8", run: write(three, nucleus) },
    { name: "1 term, 8,000 tokens", run: write(a, { maxTokens: 8_000 }) },
    { name: "1 term, 8 sequences (per token of all)", run: write(a, { count: 8 }) }
  ])
  return table("Above the model, V = 4,096", "token", timings)
}

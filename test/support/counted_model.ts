import * as Effect from "effect/Effect"
import { LanguageModel, Vocabulary } from "polylogit"

/** A model that notes what its runs are asked. Row: token `t` after a context of sum `s` scores `(t + s) % size`. */
export const countedModel = (
  options: {
    readonly name?: string
    readonly size?: number
    readonly contextLength?: number
    readonly vocabulary?: Vocabulary.Vocabulary
    readonly adapters?: ReadonlyArray<string>
  } = {}
) => {
  const { contextLength = 100, name = "counted", vocabulary = Vocabulary.untokenized(options.size ?? 4) } = options
  const runs: Array<ReadonlyArray<LanguageModel.ScoreRequest>> = []
  const row = (context: ReadonlyArray<number>) => {
    const sum = context.reduce((a, b) => a + b, 0)
    return Float32Array.from({ length: vocabulary.size }, (_, token) => (token + sum) % vocabulary.size)
  }
  const model = LanguageModel.make({
    name,
    vocabulary,
    contextLength,
    ...(options.adapters === undefined ? {} : { adapters: options.adapters }),
    run: (requests) =>
      Effect.sync(() => {
        runs.push(requests)
        return requests.map(({ context, from }) =>
          Array.from({ length: context.length - from + 1 }, (_, i) => row(context.slice(0, from + i)))
        )
      })
  })
  return { model, runs, row }
}

/** A vocabulary whose tokens are the letters from `a`; `<` begins every text where special tokens are asked for. */
export const letters = (
  options: { readonly template?: Vocabulary.ChatTemplate; readonly beginning?: boolean } = {}
): Vocabulary.Vocabulary => ({
  name: "letters",
  size: 128,
  fingerprint: "letters",
  special: { beginning: options.beginning === false ? undefined : 60, end: [62] },
  tokenizer: {
    size: 128,
    encode: (text, { special }) => [...(special && options.beginning !== false ? [60] : []), ...Buffer.from(text)],
    decode: (tokens) => String.fromCharCode(...tokens),
    token: (id) => String.fromCharCode(id)
  },
  template: options.template
})

/** `[system:…][user:…]` and, where an answer is to follow, `[assistant:`. */
export const brackets: Vocabulary.ChatTemplate = {
  source: "brackets",
  render: (messages, { addGenerationPrompt }) =>
    messages.map(({ content, role }) => `[${role}:${content}]`).join("") + (addGenerationPrompt ? "[assistant:" : "")
}

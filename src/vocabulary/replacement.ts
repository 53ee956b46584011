import { type AnyStage, andThen, hidden } from "./stage.ts"

/** Every `pattern` in a text that comes in pieces becomes `content`. Holds what may be the beginning of a pattern. */
export const replaceText = (pattern: string, content: string): AnyStage =>
  hidden<string>({
    init: "",
    step: (held, pieces) => {
      const text = held + pieces.join("")
      let out = ""
      let from = 0
      for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, from)) {
        out += text.slice(from, at) + content
        from = at + pattern.length
      }
      let keep = Math.min(pattern.length - 1, text.length - from)
      while (keep > 0 && !pattern.startsWith(text.slice(text.length - keep))) keep--
      return [text.slice(text.length - keep), [out + text.slice(from, text.length - keep)]]
    },
    end: (held) => [held]
  })

/** English spacing, in the order of the reference. Source: transformers, `clean_up_tokenization`. */
const spacing: ReadonlyArray<readonly [pattern: string, content: string]> = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"]
]

/** What `clean_up_tokenization_spaces` asks for, on a text that comes in pieces. */
export const cleanUpPieces = (): AnyStage =>
  spacing.map(([pattern, content]) => replaceText(pattern, content)).reduce(andThen)

/** The same on one word, as the decoder of word pieces does it, which also contracts "do not". */
export const cleanUpWord = (word: string): string =>
  [...spacing, [" do not", " don't"] as const].reduce(
    (text, [pattern, content]) => text.replaceAll(pattern, content),
    word
  )

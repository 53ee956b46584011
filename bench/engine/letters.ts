import { untokenized, type Vocabulary } from "../../src/vocabulary/vocabulary.ts"

/** A vocabulary for weights that came without one: a letter is a token, and a token a letter. */
export const letters = (size: number): Vocabulary => ({
  ...untokenized(size),
  tokenizer: {
    size,
    encode: (text) => Array.from(text, (letter) => 100 + (letter.codePointAt(0)! % (size - 100))),
    decode: (tokens) => tokens.map((token) => String.fromCodePoint(0x4e00 + (token % 20_000))).join(""),
    token: (id) => `${id}`
  }
})

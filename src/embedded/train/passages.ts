import { philox } from "../../sampling/philox.ts"
import type { Tokenizer } from "../../vocabulary/tokenizer.ts"
import type { TokenId } from "../../vocabulary/vocabulary.ts"
import { phrasesOf } from "./styles.ts"

/** One record of a corpus file. */
export interface TextRecord {
  readonly domain: string
  readonly label?: string
  readonly licence: string
  readonly text: string
}

/** A passage as the tales model reads it. */
export interface Passage {
  readonly domain: string
  /** `<|endoftext|>`, the style's phrase and an empty line (15 % go without), the passage, `<|endoftext|>`. */
  readonly tokens: ReadonlyArray<TokenId>
  /** Where the passage begins: what stands before it is given. */
  readonly from: number
}

const end = 0
const longest = 460
const words = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** Encodes word by word and remembers words: the tokens are those of the whole text, as no token goes over two words. */
export const encoder = (tokenizer: Tokenizer): ((text: string) => ReadonlyArray<TokenId>) => {
  const known = new Map<string, ReadonlyArray<TokenId>>()
  const encode = (text: string) => tokenizer.encode(text, { special: false })
  let count = 0
  return (text) => {
    const tokens: Array<TokenId> = []
    for (const [word] of text.matchAll(words)) {
      const found = known.get(word) ?? encode(word)
      known.set(word, found)
      for (const token of found) tokens.push(token)
    }
    if (count++ % 1000 === 0 && tokens.join() !== encode(text).join()) throw new Error(`Cannot cache words of: ${text}`)
    return tokens
  }
}

/** Paragraphs and lines of a text; long ones cut between sentences. */
const pieces = (text: string): ReadonlyArray<string> =>
  text
    .split(/(?<=\n\n)|(?<=\n)(?=\S)/)
    .flatMap((part) => (part.length > 1200 ? part.split(/(?<=[.!?"])(?= [A-Z"])/) : [part]))

/** Cuts records into passages of at most 460 tokens. The n-th passage has the same prompt every time. */
export function* passages(records: Iterable<TextRecord>, encode: ReturnType<typeof encoder>): Generator<Passage> {
  let count = 0
  for (const { domain, label, licence, text } of records) {
    const phrases = phrasesOf(domain, label)
    if (phrases === undefined) continue
    if (/UNVERIFIED|NOT STATED|BY-SA/.test(licence))
      throw new Error(`Cannot fit on a text as its licence is: ${licence}`)
    const passage = (tokens: ReadonlyArray<TokenId>): Passage => {
      const [chosen, whether] = philox([count++, 0, 0, 0], [7, 0])
      const without = whether < 0.15 * 2 ** 32
      const prompt = without ? [] : encode(`${phrases[chosen % phrases.length]}\n\n`)
      return { domain, tokens: [end, ...prompt, ...tokens, end], from: 1 + prompt.length }
    }
    let current: Array<TokenId> = []
    for (const piece of pieces(text)) {
      const tokens = encode(piece)
      if (current.length + tokens.length > longest && current.length > 0) {
        yield passage(current)
        current = []
      }
      current.push(...tokens.slice(0, longest))
    }
    if (current.length > 0) yield passage(current)
  }
}

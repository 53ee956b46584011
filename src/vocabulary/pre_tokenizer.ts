import * as Predicate from "effect/Predicate"

type Config = { readonly [key: PropertyKey]: unknown }

/** Source: GPT-2, `encoder.py`. */
const gpt2Words = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

const punctuation = "[\\p{P}\\x21-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\x7E]"

/** The matches of `pieces`, and nothing of what lies between. */
const matches = (pieces: string): Config => ({
  type: "Split",
  pattern: { Regex: pieces },
  behavior: "Removed",
  invert: true
})

/** A text cut at the matches of `delimiter`, which `behavior` keeps, drops or joins to a neighbor. */
const cut = (delimiter: string, behavior: unknown): Config => {
  const gap = `(?:(?!${delimiter})[\\s\\S])`
  switch (behavior) {
    case "Removed":
      return matches(`${gap}+`)
    case "MergedWithPrevious":
      return matches(`${gap}*(?:${delimiter})|${gap}+`)
    case "MergedWithNext":
      return matches(`(?:${delimiter})${gap}*|${gap}+`)
    case "Contiguous":
      return matches(`(?:${delimiter})+|${gap}+`)
    default:
      return { type: "Split", pattern: { Regex: delimiter }, behavior: "Isolated", invert: false }
  }
}

const sequence = (...pretokenizers: ReadonlyArray<unknown>): Config => ({ type: "Sequence", pretokenizers })

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\\-&]/g, "\\$&")

const split = (config: Config): Config => {
  if (!Predicate.isReadonlyObject(config.pattern)) throw new Error("a split needs a pattern")
  const { Regex, String: literal } = config.pattern
  const delimiter = typeof literal === "string" ? escaped(literal) : Regex
  if (typeof delimiter !== "string" || delimiter === "") throw new Error("a split needs a pattern that is a text")
  const behavior = String(config.behavior ?? "Isolated")
  if (config.invert !== true || behavior === "Isolated") return cut(delimiter, behavior)
  if (behavior === "Removed") return matches(delimiter)
  throw new Error(`an inverted split cannot be ${behavior}`)
}

const metaspace = (config: Config): Config => {
  const never = !config.prepend_scheme && config.add_prefix_space === false
  const marked = never ? { ...config, prepend_scheme: "never" } : config
  const mark = typeof config.replacement === "string" ? config.replacement : "\u2581"
  return config.split === false ? marked : sequence(marked, cut(escaped(mark), "MergedWithNext"))
}

const byteLevel = (config: Config): Config => {
  if (config.use_regex === false) return config
  const prefix = { type: "Replace", pattern: { Regex: "\\A(?! )" }, content: " " }
  const bytes = { ...config, add_prefix_space: false, use_regex: false }
  const words = cut(gpt2Words, "Isolated")
  return config.add_prefix_space === true ? sequence(prefix, words, bytes) : sequence(words, bytes)
}

/**
 * The `pre_tokenizer` of a tokenizer.json in words that @huggingface/tokenizers 0.2 reads as the reference does. By
 * itself the library takes JavaScript's white space and letters for Unicode's, does not merge a delimiter with its
 * neighbor, and does not cut at Metaspace's mark. Throws on what it cannot say.
 *
 * Source: huggingface/tokenizers 0.23, `pre_tokenizers`.
 */
export const referencePreTokenizer = (config: unknown): unknown => {
  if (!Predicate.isReadonlyObject(config)) return config
  switch (config.type) {
    case "Sequence": {
      const parts = Array.isArray(config.pretokenizers) ? config.pretokenizers : []
      return sequence(...parts.map(referencePreTokenizer))
    }
    case "ByteLevel":
      return byteLevel(config)
    case "Metaspace":
      return metaspace(config)
    case "Split":
      return split(config)
    case "Punctuation":
      return cut(punctuation, config.behavior)
    case "Digits":
      return cut(config.individual_digits === true ? "\\p{N}" : "\\p{N}+", "Isolated")
    case "Whitespace":
      return matches("[\\w\\u200C\\u200D]+|[^\\w\\s\\u200C\\u200D]+")
    case "WhitespaceSplit":
      return matches("\\S+")
    case "BertPreTokenizer":
      return sequence(matches("\\S+"), cut(punctuation, "Isolated"))
    default:
      return config
  }
}

/** The characters of the texts that the tests classify, one token each from id 5 on. */
const letters = "abcdefghijklmnopqrstuvwxyz!"

/** A tokenizer.json of single letters in BERT's manner: `[CLS]` before each text, `[SEP]` after it. */
export const tokenizerFile = JSON.stringify({
  version: "1.0",
  added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false
  })),
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [
      { SpecialToken: { id: "[CLS]", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "[SEP]", type_id: 0 } }
    ],
    pair: [],
    special_tokens: {
      "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
      "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] }
    }
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...letters, ...Array.from(letters, (letter) => `##${letter}`)].map(
        (token, id) => [token, id]
      )
    )
  }
})

/** Its tokens for a word: the first letter by itself, the others as continuations. */
export const tokensOf = (word: string): ReadonlyArray<number> =>
  Array.from(word, (letter, i) => 5 + letters.indexOf(letter) + (i === 0 ? 0 : letters.length))

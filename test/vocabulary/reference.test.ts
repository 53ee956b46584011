import { describe, expect, test } from "bun:test"
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers"
import * as Result from "effect/Result"
import { tokenizerFromJson } from "../../src/vocabulary/hugging_face_tokenizer.ts"
import { referencePreTokenizer } from "../../src/vocabulary/pre_tokenizer.ts"
import type { Tokenizer } from "../../src/vocabulary/tokenizer.ts"
import parts from "../golden/tokenizers/parts.json"

const load = (json: unknown): Tokenizer => Result.getOrThrow(tokenizerFromJson(json, {}))

/** The pieces of a pre-tokenizer, as the library cuts them. */
const cut = (config: unknown, text: string): ReadonlyArray<string> => {
  const { pre_tokenizer } = new HuggingFaceTokenizer(
    {
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: referencePreTokenizer(config),
      model: { type: "BPE", vocab: {}, merges: [] },
      post_processor: null,
      decoder: null
    },
    {}
  )
  return pre_tokenizer!.pre_tokenize(text, { section_index: 0 })
}

describe("pre-tokenizers cut like tokenizers", () => {
  for (const { pieces, pre_tokenizer } of parts.pre_tokenizers) {
    test(JSON.stringify(pre_tokenizer), () => {
      for (const [i, text] of parts.texts.entries()) {
        if (text !== "") expect([text, cut(pre_tokenizer, text)]).toEqual([text, pieces[i]!])
      }
    })
  }
})

describe("decoders decode like tokenizers", () => {
  for (const { cases, tokenizer } of parts.decoders) {
    test(JSON.stringify(tokenizer.decoder), () => {
      const { decode } = load(tokenizer)
      for (const { text, tokens } of cases) {
        expect([tokens, decode(tokens)]).toEqual([tokens, text])
      }
    })
  }
})

test("a unigram model spells unknown characters in bytes", () => {
  const { decode, encode } = load(parts.unigram.tokenizer)
  for (const { decoded, text, tokens } of parts.unigram.cases) {
    expect([text, encode(text, { special: true })]).toEqual([text, tokens])
    expect([text, decode(tokens)]).toEqual([text, decoded])
  }
})

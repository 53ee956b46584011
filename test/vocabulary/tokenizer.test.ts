import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as Result from "effect/Result"
import { TokenizerError, tokenizerFromJson } from "../../src/vocabulary/hugging_face_tokenizer.ts"
import type { Tokenizer } from "../../src/vocabulary/tokenizer.ts"
import tales from "../golden/tokenizers/tales.json"
import { shared, talesFolder, testWith, tokenizerIn } from "./model_files.ts"

interface Case {
  readonly text: string
  readonly with_special: ReadonlyArray<number>
  readonly without_special: ReadonlyArray<number>
  readonly decoded_skip_special: string
}

const agrees = (tokenizer: Tokenizer, cases: ReadonlyArray<Case>) => {
  for (const { decoded_skip_special, text, with_special, without_special } of cases) {
    expect([text, tokenizer.encode(text, { special: true })]).toEqual([text, with_special])
    expect([text, tokenizer.encode(text, { special: false })]).toEqual([text, without_special])
    expect(tokenizer.decode(without_special)).toBe(decoded_skip_special)
  }
}

describe("texts and ids are those of tokenizers", () => {
  for (const name of ["stories260k", "phi-3-mini", "gpt2"]) {
    testWith(join(shared, "golden/tokenizers", `${name}.json`), name, async (file) => {
      const golden = await Bun.file(file).json()
      const tokenizer = await tokenizerIn(join(shared, golden.tokenizer, ".."))
      expect(golden.cases.length).toBe(69)
      agrees(tokenizer, golden.cases)
    })
  }

  testWith(talesFolder, "tales", async (folder) => {
    const tokenizer = await tokenizerIn(folder)
    agrees(tokenizer, tales.cases)
    for (const { text, tokens } of tales.random) {
      expect([tokens, tokenizer.decode(tokens)]).toEqual([tokens, text])
    }
  })
})

const added = (id: number, content: string, special: boolean) => ({ id, content, special, normalized: false })

/** Four tokens of text, a special one and a marker that is not special. */
const small = {
  added_tokens: [added(4, "<s>", true), added(5, "<m>", false)],
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: []
  },
  decoder: { type: "Fuse" },
  model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2, " .": 3 }, merges: ["a b"] }
}
const load = (json: unknown, config: unknown = {}) => Result.getOrThrow(tokenizerFromJson(json, config))

test("a tokenizer of six tokens, by hand", () => {
  const { decode, encode, size, token } = load(small)
  expect(size).toBe(6)
  expect(encode("abba", { special: true })).toEqual([4, 2, 1, 0])
  expect(encode("ab<m><s>b", { special: false })).toEqual([2, 5, 4, 1])
  expect(encode("axb", { special: false })).toEqual([0, 1])
  expect(decode([4, 2, 5, 4, 1])).toBe("ab<m>b")
  expect([token(2), token(4), token(6), token(-1)]).toEqual(["ab", "<s>", undefined, undefined])
})

test("no tokens are the empty text, and ids that stand for nothing are nothing", () => {
  const { decode } = load(small)
  expect(decode([])).toBe("")
  expect(decode([4])).toBe("")
  expect(decode([0, 17, 1])).toBe("ab")
})

test("spaces are cleaned up as transformers does: not in merged tokens, unless it is told to insist", () => {
  const cleanUp = { clean_up_tokenization_spaces: true }
  const insist = { ...cleanUp, clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output: true }
  const words = { ...small, model: { type: "WordLevel", vocab: small.model.vocab, unk_token: "a" } }
  expect(load(small).decode([0, 3])).toBe("a .")
  expect(load(small, cleanUp).decode([0, 3])).toBe("a .")
  expect(load(small, insist).decode([0, 3])).toBe("a.")
  expect(load(words, cleanUp).decode([0, 3])).toBe("a.")
  expect(load(words).decode([0, 3])).toBe("a .")
})

test("every spacing that the clean-up knows", () => {
  const parts = "a . b ? c ! d , e ' f n't g 'm h 's i 've j 're k".split(/(?<=[a-k]) /)
  const vocab = Object.fromEntries(parts.map((part, id) => [` ${part}`, id]))
  const json = { model: { type: "WordLevel", vocab, unk_token: " k" }, decoder: { type: "Fuse" } }
  const { decode } = load(json, { clean_up_tokenization_spaces: true })
  expect(decode(parts.map((_, id) => id))).toBe(" a. b? c! d, e'fn't g'm h's i've j're k")
})

test("a word that is not in the vocabulary is the unknown token, or nothing", () => {
  const words = { ...small, pre_tokenizer: { type: "Whitespace" }, model: { ...small.model, type: "WordLevel" } }
  const model = { ...words.model, unk_token: "b" }
  expect(load({ ...words, model }).encode("a what", { special: false })).toEqual([0, 1])
  expect(load(words).encode("a what", { special: false }).length).toBe(1)
})

describe("what is no tokenizer is refused by name", () => {
  const refused: ReadonlyArray<readonly [name: string, json: unknown, config: unknown, reason: string]> = [
    ["text", "tokenizer", {}, "the file is no object"],
    ["null", null, {}, "the file is no object"],
    ["list", [small], {}, "the file is no object"],
    ["no model", { ...small, model: undefined }, {}, "it has no model"],
    ["unknown model", { ...small, model: { type: "Foo", vocab: {} } }, {}, 'no model is known by the name "Foo"'],
    ["no vocabulary", { ...small, model: { type: "BPE", merges: [] } }, {}, "its model has no vocabulary"],
    ["no merges", { ...small, model: { type: "BPE", vocab: {} } }, {}, "its model has no merges"],
    [
      "prefixes",
      { ...small, model: { ...small.model, continuing_subword_prefix: "##" } },
      {},
      "prefixes inside words are not supported with merges"
    ],
    ["half a merge", { ...small, model: { ...small.model, merges: [["a"]] } }, {}, "a merge is no pair of tokens"],
    ["merge of one", { ...small, model: { ...small.model, merges: ["ab"] } }, {}, "a merge is no pair of tokens"],
    [
      "token without id",
      { ...small, model: { ...small.model, vocab: { a: "0" } } },
      {},
      "a token of its model has no id"
    ],
    ["empty added token", { ...small, added_tokens: [{}] }, {}, "an added token has no id or no content"],
    ["unknown decoder", { ...small, decoder: { type: "CTC" } }, {}, 'no decoder is known by the name "CTC"'],
    ["decoder of no type", { ...small, decoder: "Fuse" }, {}, 'a decoder is an object, not "Fuse"'],
    ["unknown normalizer", { ...small, normalizer: { type: "Nope" } }, {}, "Unknown Normalizer type: Nope"],
    ["unknown pre-tokenizer", { ...small, pre_tokenizer: { type: "Nope" } }, {}, "Unknown PreTokenizer type: Nope"],
    ["split without pattern", { ...small, pre_tokenizer: { type: "Split" } }, {}, "a split needs a pattern"],
    ["configuration", small, "config", "its configuration is no object"]
  ]
  for (const [name, json, config, reason] of refused) {
    test(name, () => {
      const error = Result.getOrThrow(Result.flip(tokenizerFromJson(json, config)))
      expect(error).toBeInstanceOf(TokenizerError)
      expect(error.message).toBe(`Cannot read a tokenizer as tokenizer.json describes it: ${reason}`)
    })
  }
})

import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as Result from "effect/Result"
import { fingerprint } from "../../src/vocabulary/fingerprint.ts"
import { fromFiles, type VocabularyFiles } from "../../src/vocabulary/from_files.ts"
import { untokenized, type Vocabulary } from "../../src/vocabulary/vocabulary.ts"
import { sameVocabulary, VocabularyMismatch } from "../../src/vocabulary/vocabulary_mismatch.ts"
import { parsed, talesFolder, testWith } from "./model_files.ts"

const tokenizerJson = (vocab: Record<string, number> = { a: 0, b: 1, "<s>": 2, "</s>": 3 }) => ({
  model: { type: "WordLevel", vocab, unk_token: "a" }
})
const made = (files: Partial<VocabularyFiles>): Vocabulary =>
  Result.getOrThrow(fromFiles({ name: "four", tokenizerJson: tokenizerJson(), ...files }))
const failure = (files: Partial<VocabularyFiles>) =>
  Result.getOrThrow(Result.flip(fromFiles({ name: "four", tokenizerJson: tokenizerJson(), ...files })))

describe("what begins and ends a text", () => {
  const table: ReadonlyArray<readonly [string, Partial<VocabularyFiles>, number | undefined, ReadonlyArray<number>]> = [
    ["texts", { tokenizerConfig: { bos_token: "<s>", eos_token: "</s>" } }, 2, [3]],
    ["objects", { tokenizerConfig: { bos_token: { content: "<s>" }, eos_token: { content: "</s>" } } }, 2, [3]],
    ["the map of special tokens", { specialTokensMap: { bos_token: "<s>", eos_token: { content: "</s>" } } }, 2, [3]],
    ["numbers and lists of the configuration", { config: { bos_token_id: 1, eos_token_id: [3, 0] } }, 1, [3, 0]],
    [
      "the tokenizer before the generation before the model; ends together, each once",
      {
        tokenizerConfig: { bos_token: null, eos_token: "</s>" },
        generationConfig: { bos_token_id: 2, eos_token_id: [1, 3] },
        config: { bos_token_id: 0, eos_token_id: 0 }
      },
      2,
      [3, 1, 0]
    ],
    [
      "ids and tokens that are not there",
      { tokenizerConfig: { bos_token: "?" }, config: { eos_token_id: [4, -1] } },
      undefined,
      []
    ],
    ["nothing", {}, undefined, []]
  ]
  for (const [name, files, beginning, end] of table) {
    test(name, () => expect(made(files).special).toEqual({ beginning, end: [...end] }))
  }
})

describe("size", () => {
  test("is the highest id and one", () => {
    expect(made({}).size).toBe(4)
    expect(made({ tokenizerJson: tokenizerJson({ a: 0, b: 6 }) }).size).toBe(7)
  })

  test("rows that are longer are cut, and it says by how much", () => {
    expect([made({ rowSize: 10 }).size, made({ rowSize: 10 }).padding]).toEqual([4, 6])
    expect([made({ rowSize: 4 }).padding, made({}).padding]).toEqual([0, 0])
  })

  test("rows that are shorter are an error", () => {
    const error = failure({ rowSize: 3 })
    expect(error._tag).toBe("VocabularyError")
    expect(error.message).toBe("Cannot read the 3 scores of a row of four as one for each of its 4 tokens")
  })
})

describe("without tokenizer.json", () => {
  const bare = { tokenizerJson: undefined }
  test("tokens are bare ids", () => {
    const config = { vocab_size: 5, bos_token_id: 1, eos_token_id: 2 }
    const vocabulary = made({ ...bare, config })
    expect([vocabulary.size, vocabulary.tokenizer, vocabulary.name]).toEqual([5, undefined, "four"])
    expect(vocabulary.special).toEqual({ beginning: 1, end: [2] })
    expect(made({ ...bare, config, rowSize: 8 }).size).toBe(8)
  })

  test("something must tell the size", () => {
    expect(failure({ ...bare, config: {} }).message).toBe(
      "Cannot tell the vocabulary size of four without tokenizer.json: its configuration has no vocab_size"
    )
  })
})

describe("template", () => {
  const tokenizerConfig = { eos_token: "</s>", chat_template: "{{ eos_token }}" }
  const rendered = (files: Partial<VocabularyFiles>) => made(files).template?.render([], { addGenerationPrompt: false })
  test("comes from the configuration, or from a file of its own", () => {
    expect(rendered({ tokenizerConfig })).toBe("</s>")
    expect(rendered({ tokenizerConfig, chatTemplate: "own{{ eos_token }}" })).toBe("own</s>")
    expect(rendered({ tokenizerConfig, chatTemplate: { chat_template: "json" } })).toBe("json")
    expect(rendered({ tokenizerConfig, chatTemplate: null })).toBeUndefined()
    expect(rendered({})).toBeUndefined()
  })

  test("one that cannot be read is an error", () => {
    expect(failure({ chatTemplate: "{% if %}" })._tag).toBe("TemplateError")
  })
})

test("a tokenizer that cannot be read is an error", () => {
  expect(failure({ tokenizerJson: null })._tag).toBe("TokenizerError")
})

describe("fingerprint", () => {
  const of = (vocab: Record<string, number>) => made({ tokenizerJson: tokenizerJson(vocab) }).fingerprint
  test("is the same exactly for the same tokens", () => {
    expect(of({ a: 0, b: 1 })).toBe(of({ b: 1, a: 0 }))
    expect(of({ a: 0, b: 1 })).toMatch(/^[0-9a-f]{16}$/)
    const all = [{ a: 0, b: 1 }, { a: 1, b: 0 }, { a: 0, b: 2 }, { a: 0 }, { a: 0, b: 1, c: 2 }, { '","': 0, b: 1 }]
    expect(new Set(all.map(of)).size).toBe(all.length)
  })

  test("a gap is no token", () => {
    const tokenizer = (token: string | undefined) => ({
      size: 1,
      encode: () => [],
      decode: () => "",
      token: () => token
    })
    expect(fingerprint(tokenizer(undefined))).not.toBe(fingerprint(tokenizer("null")))
  })

  testWith(talesFolder, "tales", async (folder) => {
    const vocabulary = made({
      name: "tales",
      tokenizerJson: await parsed(join(folder, "tokenizer.json")),
      tokenizerConfig: await parsed(join(folder, "tokenizer_config.json")),
      config: await parsed(join(folder, "config.json")),
      rowSize: 4096
    })
    expect(vocabulary.fingerprint).toBe("ef70eea9e6866152")
    expect([vocabulary.size, vocabulary.padding, vocabulary.special]).toEqual([4096, 0, { beginning: 0, end: [0] }])
  })
})

describe("sameVocabulary", () => {
  const [four, also, five] = [
    untokenized(4, { name: "four" }),
    untokenized(4, { name: "also" }),
    untokenized(5, { name: "five" })
  ]
  test("gives the first where all agree", () => {
    expect(Result.getOrThrow(sameVocabulary([four, also]))).toBe(four)
    expect(Result.getOrThrow(sameVocabulary([]))).toBeUndefined()
  })

  test("names the first that differs", () => {
    const error = Result.getOrThrow(Result.flip(sameVocabulary([four, also, five])))
    expect(error).toBeInstanceOf(VocabularyMismatch)
    expect([error.self, error.that]).toEqual([
      { name: "four", size: 4 },
      { name: "five", size: 5 }
    ])
    expect(error.message).toBe(
      "Cannot combine four (4 tokens) and five (5 tokens) as one vocabulary: token ids mean different things"
    )
    expect(VocabularyMismatch.of(four, made({})).message).toEndWith("; the sizes agree, the tokens do not")
  })
})

import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { detokenizer } from "../../src/vocabulary/detokenizer.ts"
import { tokenizerFromJson } from "../../src/vocabulary/hugging_face_tokenizer.ts"
import type { Tokenizer } from "../../src/vocabulary/tokenizer.ts"
import type { TokenId } from "../../src/vocabulary/vocabulary.ts"
import parts from "../golden/tokenizers/parts.json"
import { shared, talesFolder, testWith, tokenizerIn } from "./model_files.ts"

/** The piece of each token, and the flush after the last. */
const pieces = (tokenizer: Tokenizer, tokens: ReadonlyArray<TokenId>, after: ReadonlyArray<TokenId> = []) => {
  const { flush, init, step } = detokenizer(tokenizer, { after })
  const out: Array<string> = []
  let state = init
  for (const token of tokens) {
    const [next, piece] = step(state, token)
    out.push(piece)
    state = next
  }
  return [...out, flush(state)]
}

/** The longest beginning that two texts share, character by character. */
const sharedBeginning = (self: string, that: string): string => {
  const [a, b] = [[...self], [...that]]
  const end = a.findIndex((character, i) => character !== b[i])
  return end < 0 ? self : a.slice(0, end).join("")
}

const halfSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** The laws of a detokenizer, for tokens out of any range. */
const laws = (tokenizer: Tokenizer, runs: number, likely: ReadonlyArray<TokenId> = []) => {
  const any = fc.nat(tokenizer.size)
  const token = likely.length === 0 ? any : fc.oneof(any, fc.constantFrom(...likely))
  const tokens = fc.array(token, { maxLength: 24 })
  fc.assert(
    fc.property(tokens, tokens, (after, completion) => {
      const whole = tokenizer.decode([...after, ...completion])
      expect(pieces(tokenizer, [...after, ...completion]).join("")).toBe(whole)
      const added = pieces(tokenizer, completion, after)
      expect(sharedBeginning(tokenizer.decode(after), whole) + added.join("")).toBe(whole)
      for (const piece of added) expect(piece).not.toMatch(halfSurrogate)
    }),
    { numRuns: runs }
  )
}

describe("pieces join to the decoded text", () => {
  for (const { tokenizer } of parts.decoders) {
    test(JSON.stringify(tokenizer.decoder), () => laws(Result.getOrThrow(tokenizerFromJson(tokenizer, {})), 300))
  }

  test("with spaces cleaned up", () => {
    const vocab = { " ": 0, ".": 1, "'": 2, " n": 3, "'t": 4, s: 5, " 'v": 6, e: 7, "?": 8, " !": 9, "'re": 10 }
    const json = { model: { type: "WordLevel", vocab, unk_token: "e" }, decoder: { type: "Fuse" } }
    const tokenizer = Result.getOrThrow(tokenizerFromJson(json, { clean_up_tokenization_spaces: true }))
    laws(tokenizer, 2000)
  })

  const byteTokens = (tokenizer: Tokenizer) =>
    Array.from({ length: tokenizer.size }, (_, id) => id).filter((id) =>
      /^<0x|^[^ -~]$/.test(tokenizer.token(id) ?? "")
    )
  const folders = ["tokenizers/gpt2", "tokenizers/phi-3-mini", "models/stories260k"].map((name) => join(shared, name))
  for (const folder of [talesFolder, ...folders]) {
    testWith(folder, folder ?? "tales", async (path) => {
      const tokenizer = await tokenizerIn(path)
      laws(tokenizer, 300, byteTokens(tokenizer))
    })
  }
})

const byteLevel = {
  added_tokens: [{ id: 6, content: "<s>", special: true }],
  // The bytes C3 A9 are é, F0 9F 99 82 are 🙂.
  model: { type: "BPE", vocab: { Ã: 0, "©": 1, "!": 2, ðŁ: 3, Ļ: 4, Ĥ: 5, "<s>": 6 }, merges: [] },
  decoder: { type: "ByteLevel" }
}
const llama = {
  added_tokens: [{ id: 4, content: "</s>", special: true }],
  model: { type: "BPE", vocab: { "▁a": 0, b: 1, "<0xC3>": 2, "<0xA9>": 3, "</s>": 4, "▁": 5 }, merges: [] },
  decoder: {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "▁" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 }
    ]
  }
}
const load = (json: unknown) => Result.getOrThrow(tokenizerFromJson(json, {}))

describe("byte-level tokens, by hand", () => {
  const tokenizer = load(byteLevel)
  const table: ReadonlyArray<readonly [string, ReadonlyArray<number>, ReadonlyArray<string>]> = [
    ["a character in two tokens comes with the second", [0, 1, 2], ["", "é", "!", ""]],
    ["a special token may stand inside of it", [0, 6, 1], ["", "", "é", ""]],
    ["four bytes in three tokens", [3, 4, 5], ["", "", "🙂", ""]],
    ["what can no longer be completed comes out", [3, 2], ["", "\uFFFD!", ""]],
    ["what is not completed comes with the flush", [2, 3, 4], ["!", "", "", "\uFFFD"]],
    ["a byte that begins nothing comes at once", [1, 2], ["\uFFFD", "!", ""]],
    ["nothing", [], [""]]
  ]
  for (const [name, tokens, expected] of table) {
    test(name, () => expect(pieces(tokenizer, tokens)).toEqual([...expected]))
  }

  test("after a prompt that ends in half a character, the completion says the whole one", () => {
    expect(tokenizer.decode([2, 0])).toBe("!\uFFFD")
    expect(pieces(tokenizer, [1, 2], [2, 0])).toEqual(["é", "!", ""])
    expect(pieces(tokenizer, [2], [2, 0])).toEqual(["!", ""])
    expect(pieces(tokenizer, [], [2, 0])).toEqual([""])
  })
})

describe("tokens with byte fallback, by hand", () => {
  const tokenizer = load(llama)
  const table: ReadonlyArray<readonly [string, ReadonlyArray<number>, ReadonlyArray<number>, ReadonlyArray<string>]> = [
    ["the text loses one space at its beginning", [], [0, 0], ["a", " a", ""]],
    ["also behind a special token, also alone", [], [4, 5, 0], ["", "", " a", ""]],
    ["a completion keeps it", [1], [0], [" a", ""]],
    ["a prompt of special tokens is no text yet", [4], [0], ["a", ""]],
    ["a run of bytes comes when it is over", [], [2, 3, 1], ["", "", "éb", ""]],
    ["or with the flush", [], [1, 2, 3], ["b", "", "", "é"]],
    ["a run that is no text is one mark for each byte", [], [2, 3, 2, 1], ["", "", "", "\uFFFD\uFFFD\uFFFDb", ""]],
    ["what the prompt shows is not said again", [1, 2, 3], [1], ["b", ""]],
    ["a prompt's run that the completion spoils is said anew", [2, 3], [3, 1], ["", "\uFFFD\uFFFD\uFFFDb", ""]]
  ]
  for (const [name, after, tokens, expected] of table) {
    test(name, () => expect(pieces(tokenizer, tokens, after)).toEqual([...expected]))
  }
})

test("a replacement in the whole text comes out as soon as it is sure", () => {
  const vocab = { a: 0, b: 1, c: 2 }
  const replace = { type: "Replace", pattern: { String: "ab" }, content: "!" }
  const decoder = { type: "Sequence", decoders: [{ type: "Fuse" }, replace] }
  const tokenizer = load({ model: { type: "BPE", vocab, merges: [] }, decoder })
  expect(pieces(tokenizer, [2, 0, 0, 1, 0])).toEqual(["c", "", "a", "!", "", "a"])
})

test("a character whose half the prompt shares is said whole", () => {
  const tokenizer = load(byteLevel)
  const decoder = {
    init: 0,
    step: (said: unknown, token: TokenId) => [Number(said) + token, token === 0 ? "" : "x\u{1F600}"] as const,
    end: (said: unknown) => (said === 0 ? "x\u{1F601}" : "")
  }
  expect(pieces({ ...tokenizer, decoder }, [1], [0])).toEqual(["\u{1F600}", ""])
})

test("an earlier state goes on as if what came after had not been", () => {
  const { flush, init, step } = detokenizer(load(byteLevel))
  const [kept] = step(init, 0)
  step(step(kept, 1)[0], 2)
  expect(step(kept, 1)[1]).toBe("é")
  expect(flush(kept)).toBe("\uFFFD")
})

test("a tokenizer without a decoder decodes token by token", () => {
  const letters = "abcd"
  const tokenizer: Tokenizer = {
    size: 4,
    encode: (text) => [...text].map((letter) => letters.indexOf(letter)),
    decode: (tokens) => tokens.map((token) => letters[token]).join(""),
    token: (id) => letters[id]
  }
  expect(pieces(tokenizer, [0, 3, 2], [1])).toEqual(["a", "d", "c", ""])
})

test("a token costs the same at the end of a long text as at its beginning", () => {
  const base = load(llama)
  let seen = 0
  const decoder = {
    ...base.decoder!,
    step: (state: unknown, token: TokenId) => {
      seen++
      return base.decoder!.step(state, token)
    }
  }
  const tokenizer: Tokenizer = {
    ...base,
    decoder,
    decode: () => {
      throw new Error("the detokenizer decodes no text whole")
    }
  }
  pieces(
    tokenizer,
    Array.from({ length: 5000 }, (_, i) => 2 + (i % 2))
  )
  expect(seen).toBe(5000)
})

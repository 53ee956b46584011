import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import type { ModelError } from "../../../../src/model/language_model.ts"
import type { ClassifiedText, TextClassifier } from "../../../../src/model/text_classifier.ts"
import { changed, classify, distance, folderOf, withClassifier } from "./golden.ts"
import { tokenizerFile, tokensOf } from "./tokenizer_file.ts"

const withTokenizer = { "tokenizer.json": tokenizerFile }
const labeled = changed("bert", { id2label: { 0: "calm", 1: "angry" } }, withTokenizer)
const around = (...words: ReadonlyArray<string>) => [2, ...words.flatMap(tokensOf), 3]

const refusal = (classifier: TextClassifier, text: ClassifiedText): Promise<ModelError> =>
  Effect.runPromise(Effect.flip(classifier.classify([text])))

test("a text is its tokens with the special ones around it", () =>
  withClassifier(labeled, async (classifier) => {
    expect(classifier.labels).toEqual(["calm", "angry"])
    expect(classifier.probabilities).toBe("softmax")
    const texts = ["hello world!", "a", ""]
    const tokens = [around("hello", "world", "!"), around("a"), around()]
    expect(distance(await classify(classifier, texts), await classify(classifier, tokens))).toBe(0)
  }))

test("no text at all is no row", () =>
  withClassifier(labeled, async (classifier) => expect(await classify(classifier, [])).toEqual([])))

test("a text longer than the window is refused, and only who asked about it fails", () =>
  withClassifier(labeled, async (classifier) => {
    const long = "ab ".repeat(65)
    const [failure, rows] = await Effect.runPromise(
      Effect.all([Effect.flip(classifier.classify([long])), classifier.classify(["fine"])], {
        concurrency: "unbounded"
      })
    )
    expect(failure._tag).toBe("ModelError")
    expect(failure.message).toEndWith("it has 132 tokens, and the window holds 130")
    expect(distance(rows, await classify(classifier, ["fine"]))).toBe(0)
    expect((await classify(classifier, ["ab ".repeat(64)])).length).toBe(1)
  }))

test("or its beginning or its end is kept, with the special tokens around it", async () => {
  const words = Array.from({ length: 90 }, (_, i) => "abcdefgh"[i % 8]! + "xyz"[i % 3]!)
  const all = words.flatMap(tokensOf)
  for (const [overflow, kept] of [
    ["keepBeginning", all.slice(0, 128)],
    ["keepEnd", all.slice(-128)]
  ] as const) {
    await withClassifier(
      labeled,
      async (classifier) => {
        const [row] = await classify(classifier, [words.join(" ")])
        expect(distance([row!], await classify(classifier, [[2, ...kept, 3]]))).toBe(0)
        // a list of tokens is never cut
        expect((await refusal(classifier, all)).message).toContain("it has 180 tokens, and the window holds 130")
      },
      { overflow }
    )
  }
})

test("what is no text of tokens is refused", async () => {
  await withClassifier(labeled, async (classifier) => {
    expect((await refusal(classifier, [])).message).toEndWith("it is empty")
    for (const bad of [-1, 160, 1.5, Number.NaN]) {
      expect((await refusal(classifier, [2, bad])).message).toEndWith(`token ${bad} is no whole number from 0 to 159`)
    }
  })
  await withClassifier(
    folderOf("bert"),
    async (classifier) => {
      expect(classifier.labels).toEqual(["LABEL_0", "LABEL_1"])
      const { message } = await refusal(classifier, "hello")
      expect(message).toBe("Cannot classify a text with tiny: it has no tokenizer.json, so it takes tokens only")
    },
    { name: "tiny" }
  )
})

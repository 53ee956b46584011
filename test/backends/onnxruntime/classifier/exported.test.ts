import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { openClassifier } from "../../../../src/backends/open_classifier.ts"
import { type ExportedTexts, exportTexts } from "./export_texts.ts"
import { classify, distance, withClassifier } from "./golden.ts"

const mean = (tokens: ReadonlyArray<number>) => tokens.reduce((sum, token) => sum + token, 0) / tokens.length
/** What the exported graph computes for a text in a run of so many. */
const row = (tokens: ReadonlyArray<number>, texts: number) =>
  [1, 2].map((label) => (mean(tokens) * label) / 100 + texts)

const texts = [
  [2, 9, 3],
  [2, 50, 60, 70, 3],
  [2, 11, 3],
  [2, 12, 3]
]

test.each([
  ["all inputs", {}],
  ["input_ids alone", { inputs: ["input_ids"] }],
  ["int32", { integers: "int32" }]
] satisfies ReadonlyArray<[string, ExportedTexts]>)("texts of one length go together: %s", (_, options) =>
  withClassifier(exportTexts(options), async (classifier) => {
    const expected = [row(texts[0]!, 3), row(texts[1]!, 1), row(texts[2]!, 3), row(texts[3]!, 3)]
    expect(distance(await classify(classifier, texts), expected)).toBeLessThan(1e-5)
    expect(classifier.labels).toEqual(["LABEL_0", "LABEL_1"])
  })
)

test.each([
  ["is made for one text", { batch: 1 }],
  ["quantizes while it runs", { quantized: true }]
] satisfies ReadonlyArray<[string, ExportedTexts]>)("a graph that %s gets one text a run", (_, options) =>
  withClassifier(exportTexts(options), async (classifier) => {
    const alone = texts.map((text) => row(text, 1))
    expect(distance(await classify(classifier, texts), alone)).toBeLessThan(1e-5)
  })
)

test("runs are cut by length", () =>
  withClassifier(
    exportTexts({}),
    async (classifier) => {
      const same = [texts[0]!, texts[2]!, texts[3]!]
      const expected = [row(same[0]!, 2), row(same[1]!, 2), row(same[2]!, 1)]
      expect(distance(await classify(classifier, same), expected)).toBeLessThan(1e-5)
    },
    { runLength: 8 }
  ))

test("the window of RoBERTa is shorter than its table of places", async () => {
  const window = async (config: Record<string, unknown>) =>
    withClassifier(exportTexts({}, config), async (classifier) => {
      const long = Array.from({ length: 500 }, () => 7)
      return (await Effect.runPromise(Effect.flip(classifier.classify([long])))).message
    })
  expect(await window({})).toContain("the window holds 130")
  expect(await window({ model_type: "roberta", pad_token_id: 1 })).toContain("the window holds 128")
})

test.each([
  ["another input", { inputs: ["input_ids", "pixels"] }, "its input pixels is none of input_ids, attention_mask"],
  ["no tokens", { inputs: ["attention_mask"] }, "it has no input input_ids"],
  ["no logits", { output: "scores" }, "it has no output logits, only scores"],
  ["another number of labels", { labels: 3 }, "as a classifier of 2 labels: its logits are 3 a text"]
] satisfies ReadonlyArray<[string, ExportedTexts, string]>)(
  "a graph with %s is refused",
  async (_, options, expected) => {
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(openClassifier(exportTexts(options)))))
    expect(error._tag).toBe("ModelLoadError")
    expect(error.message).toContain(expected)
    expect(error.message).not.toContain("\n")
  }
)

test("a tokenizer of more tokens than the graph knows is refused", async () => {
  const opened = openClassifier(exportTexts({}, { vocab_size: 50 }), { name: "small" })
  const { message } = await Effect.runPromise(Effect.flip(Effect.scoped(opened)))
  expect(message).toBe("Cannot use small with its tokenizer.json of 59 tokens: it knows 50")
})

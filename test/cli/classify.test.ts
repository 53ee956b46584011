import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { openClassifier } from "../../src/backends/open_classifier.ts"
import { logProbabilities } from "../../src/model/text_classifier.ts"
import { classifierFolder } from "../support/classifier_folder.ts"
import { polylogit } from "../support/cli.ts"
import { scratch } from "../support/scratch.ts"

const { file } = scratch()
const folder = classifierFolder()
const texts = ["what a day", "no!", "- x"]

/** What the library says: labels with their probabilities, likeliest first. */
const expected = await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const classifier = yield* openClassifier(folder)
      return (yield* classifier.classify(texts)).map((row) =>
        Array.from(logProbabilities(classifier, row), (x, i) => [classifier.labels[i]!, Math.exp(x)] as const).toSorted(
          (a, b) => b[1] - a[1]
        )
      )
    })
  )
)
const run = (args: ReadonlyArray<string>, stdin?: string) =>
  polylogit(["classify", ...args, "--classifier", folder], stdin === undefined ? {} : { stdin })

describe("classify", () => {
  test("one text: each label with its probability, likeliest first, in columns", async () => {
    const { code, err, out } = await run(["what a day"])
    expect([code, err]).toEqual([0, ""])
    const width = 5
    expect(out).toBe(expected[0]!.map(([label, p]) => `${label.padEnd(width)}  ${p.toFixed(4)}\n`).join(""))
  })
  test("several texts have a heading each", async () => {
    const { out } = await run(["what a day", "no!"])
    expect(out.split("\n").filter((line) => !line.startsWith(" "))).toEqual(['"what a day"', '"no!"', ""])
  })
  test("arguments, lines of standard input and of a file, as JSON", async () => {
    const lines = file("lines.txt", "no!\r\nwhat a day\n")
    const { out } = await run(["what a day", "-", "--file", lines, "--json"], "no!\n- x\n")
    const answer = JSON.parse(out)
    const order = [0, 1, 2, 1, 0]
    expect(answer.classifier).toBe(folder)
    expect(answer.texts.map(({ text }: { text: string }) => text)).toEqual(order.map((i) => texts[i]))
    for (const [i, { labels }] of answer.texts.entries()) {
      for (const [j, { label, probability }] of labels.entries()) {
        expect(label).toBe(expected[order[i]!]![j]![0])
        expect(probability).toBeCloseTo(expected[order[i]!]![j]![1], 6)
      }
    }
  })
  test("a text that begins with a minus", async () => {
    const { out } = await run(["- x", "--json"])
    expect(JSON.parse(out).texts[0].text).toBe("- x")
  })
  test("more texts than one call takes keep their order", async () => {
    const many = Array.from({ length: 150 }, (_, i) => "abcdefgh"[i % 8]!.repeat(1 + (i % 5)))
    const { out } = await run(["-", "--json"], many.join("\n"))
    expect(JSON.parse(out).texts.map(({ text }: { text: string }) => text)).toEqual(many)
  })
})

describe("mistakes", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, string]> = [
    ["no text", ["--classifier", folder], "Cannot classify without a text: give some, - or --file"],
    ["no classifier", ["x"], "Cannot classify without a classifier: name one with --classifier"],
    ["an empty text", ["x", "", "--classifier", folder], "Cannot classify an empty text"],
    ["an unknown name", ["x", "--classifier", "./nope"], "Cannot open ./nope"],
    ["an empty line", ["--file", file("gap.txt", "a\n\nb\n"), "--classifier", folder], "it is empty"],
    ["an empty file", ["--file", file("empty.txt", ""), "--classifier", folder], "there are none"],
    ["no such file", ["--file", "./nope", "--classifier", folder], "there is no such file"]
  ]
  test.each(cases)("%s", async (_, args, message) => {
    const { code, err, out } = await polylogit(["classify", ...args])
    expect([code, out]).toEqual([2, ""])
    expect(err).toStartWith("polylogit: ")
    expect(err).toContain(message)
    expect(err.trimEnd().split("\n")).toHaveLength(1)
  })
})

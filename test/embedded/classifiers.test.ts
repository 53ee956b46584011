import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { embeddedClassifier, embeddedClassifiers, layerClassifiers } from "../../src/embedded/classifiers.ts"
import { Classifiers } from "../../src/model/classifiers.ts"
import { logProbabilities } from "../../src/model/text_classifier.ts"
import { changed } from "../backends/onnxruntime/classifier/golden.ts"
import { tokenizerFile } from "../backends/onnxruntime/classifier/tokenizer_file.ts"
import { failure } from "../support/run.ts"

const folder = changed("bert", { id2label: { 0: "calm", 1: "angry" } }, { "tokenizer.json": tokenizerFile })
const list = [
  embeddedClassifier("temper", "a stand-in", folder),
  embeddedClassifier("gone", "without weights", join(folder, "gone"))
]
const get = (name: string) => Classifiers.use((all) => all.get(name))
const run = <A, E>(effect: Effect.Effect<A, E, Classifiers>, options = {}) =>
  Effect.provide(effect, layerClassifiers({ classifiers: list, ...options }))

describe("classifiers by name", () => {
  test("the list says what config.json says", () => {
    expect(list.map(({ description, labels, name }) => [name, description, labels])).toEqual([
      ["temper", "a stand-in", ["calm", "angry"]],
      ["gone", "without weights", []]
    ])
  })
  test("a name of the list and the path of its folder are the same classifier, each opened once", async () => {
    const all = Effect.all([get("temper"), get("temper"), get(folder)])
    const asked = Effect.flatMap(all, ([a, b, c]) =>
      Effect.all([a.classify(["ab ba"]), c.classify(["ab ba"])]).pipe(Effect.map((rows) => ({ a, b, c, rows })))
    )
    const { a, b, c, rows } = await Effect.runPromise(run(asked))
    expect(a).toBe(b)
    expect(c).not.toBe(a)
    expect([a.name, a.labels, c.labels]).toEqual(["temper", ["calm", "angry"], ["calm", "angry"]])
    expect(rows[0]).toEqual(rows[1])
  })
  test("how they are run is said once for all", async () => {
    const text = "ab ".repeat(200)
    const ask = Effect.flatMap(get("temper"), (one) => one.classify([text]))
    expect((await failure(run(ask))).message).toContain("the window holds")
    expect(await Effect.runPromise(run(ask, { overflow: "keepEnd" }))).toHaveLength(1)
  })
  test("an unknown name lists those that there are; a path says that nothing is there", async () => {
    expect(await failure(run(get("tempre")))).toMatchObject({
      _tag: "ModelLoadError",
      model: "tempre",
      message:
        'Cannot find a classifier named "tempre": there is no such folder, and the embedded classifiers are temper, gone'
    })
    expect((await failure(run(get("./tempre")))).message).toBe(
      "Cannot open ./tempre as a classifier: there is no such folder"
    )
  })
  test("a name without weights says where they should be", async () => {
    expect((await failure(run(get("gone")))).message).toBe(
      `Cannot open ${join(folder, "gone")} as a classifier: there is no such folder`
    )
  })
})

describe("the classifiers of the package", () => {
  test("have names of their own", () => {
    expect(embeddedClassifiers.map(({ name }) => name)).toEqual([
      "sentiment",
      "style",
      "attributes-judge",
      "style-judge"
    ])
  })
  for (const { labels, name, open } of embeddedClassifiers) {
    test(name, async () => {
      const asked = Effect.flatMap(open(), (one) =>
        Effect.map(one.classify(["A good day.", "A very bad day, I must say."]), (rows) => ({ one, rows }))
      )
      const { one, rows } = await Effect.runPromise(Effect.scoped(asked))
      expect(one.name).toBe(name)
      expect(one.labels).toEqual(labels)
      expect(labels.length).toBeGreaterThan(1)
      // who judges attributes says of each for itself whether it holds
      expect(one.probabilities).toBe(name === "attributes-judge" ? "sigmoid" : "softmax")
      for (const row of rows) {
        const each = logProbabilities(one, row).map(Math.exp)
        expect(each.every((x) => x > 0 && x < 1)).toBe(true)
        if (one.probabilities === "softmax") expect(each.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5)
      }
      expect(rows[0]).not.toEqual(rows[1]!)
    })
  }
})

import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { LanguageModel } from "polylogit"
import { readJudges } from "../../src/cli/judges.ts"

const named = (name: string, labels: ReadonlyArray<string>) =>
  LanguageModel.makeClassifier({
    name,
    labels,
    run: (texts) => Effect.succeed(texts.map(() => new Float32Array(labels.length)))
  })
const layer = LanguageModel.layerOfClassifiers({
  mood: named("mood", ["sad", "glad"]),
  style: named("style", ["formal", "a:b"])
})
const run = <A, E>(effect: Effect.Effect<A, E, LanguageModel.Classifiers>) =>
  Effect.runPromise(Effect.provide(effect, layer))
const names = async (classifiers: ReadonlyArray<string>, labels: ReadonlyArray<string>) =>
  (await run(readJudges(classifiers, labels))).map(({ classifier, label, name }) => [classifier.name, label, name])

test.each([
  [[], [], []],
  [["mood"], ["glad"], [["mood", "glad", "mood:glad"]]],
  [["mood"], ["mood:glad"], [["mood", "glad", "mood:glad"]]],
  [
    ["mood"],
    [],
    [
      ["mood", "sad", "mood:sad"],
      ["mood", "glad", "mood:glad"]
    ]
  ],
  [
    ["mood", "style"],
    ["style:a:b", "mood:glad"],
    [
      ["mood", "glad", "mood:glad"],
      ["style", "a:b", "style:a:b"]
    ]
  ]
])("--classifier %j and --label %j", async (classifiers, labels, judges) =>
  expect(await names(classifiers, labels)).toEqual(judges)
)

test.each([
  [[], ["glad"], "Cannot use --label glad: there is no --classifier"],
  [["mood", "style"], ["glad"], "Cannot use --label glad: expected NAME:LABEL with the NAME of a --classifier"],
  [["mood"], ["glad", "mood:glad"], "Cannot use --label mood:glad twice"],
  [["mood"], ["angry"], "Cannot find the label angry of mood: it has sad, glad"],
  [["moods"], ["angry"], 'Cannot find a classifier named "moods": there are mood, style']
])("--classifier %j with --label %j is refused", async (classifiers, labels, message) =>
  expect((await run(Effect.flip(readJudges(classifiers, labels)))).message).toBe(message)
)

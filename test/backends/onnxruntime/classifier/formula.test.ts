import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Backends, Formula, Generation, LanguageModel } from "polylogit"
import { polylogit } from "../../../support/cli.ts"
import { tales } from "../golden.ts"
import { changed } from "./golden.ts"
import { tokenizerFile } from "./tokenizer_file.ts"

const folder = changed("bert", { id2label: { 0: "calm", 1: "angry" } }, { "tokenizer.json": tokenizerFile })
const term = { label: "angry", topK: 5 } as const

test("a model and a classifier, each with its own tokenizer: the row is that of both by hand", () =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const model = yield* Backends.openModel(tales)
        const classifier = yield* Backends.openClassifier(folder)
        const { tokenizer } = model.vocabulary
        const prompt = "Once upon a time"
        const completion = tokenizer!.encode(", there was", { special: false })
        const formula = Formula.add(Formula.model(model), Formula.scale(Formula.classifier(classifier, term), 3))
        const [row] = yield* Stream.runCollect(Formula.logits(formula)(Stream.make({ prompt, completion })))

        const context = [...tokenizer!.encode(prompt, { special: true }), ...completion]
        const [[own]] = (yield* model.score([{ context, from: context.length }])) as [[Float32Array]]
        const likeliest = [...own.keys()].sort((a, b) => own[b]! - own[a]! || a - b).slice(0, 5)
        const plain = tokenizer!.encode(prompt, { special: false })
        const text = (more: ReadonlyArray<number>) => tokenizer!.decode([...plain, ...completion, ...more])
        const rows = yield* classifier.classify([text([]), ...likeliest.map((token) => text([token]))])
        const angry = rows.map((logits) => LanguageModel.logProbabilities(classifier, logits)[1]!)
        const scores = Float64Array.from(own)
        for (const [i, token] of likeliest.entries()) scores[token]! += 3 * (angry[i + 1]! - angry[0]!)
        const total = Math.log(scores.reduce((sum, x) => sum + Math.exp(x), 0))
        expect(angry.some((x) => Math.abs(x - angry[0]!) > 1e-3)).toBe(true)
        for (const [token, x] of scores.entries()) expect(Math.abs(row![token]! - (x - total))).toBeLessThan(2e-4)
      })
    )
  ))

test(
  "the same text with and without speculation",
  () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const model = yield* Backends.openModel(tales)
          const classifier = yield* Backends.openClassifier(folder, { overflow: "keepEnd" })
          const target = Formula.add(Formula.model(model), Formula.scale(Formula.classifier(classifier, term), 3))
          const formula = Formula.supersede(Formula.model("lookup"), target)
          const layer = LanguageModel.layerOf({ lookup: LanguageModel.promptLookup(model.vocabulary) })
          const options = { prompt: "Once upon a time", maxTokens: 12, seed: 3, verifier: "coupled" } as const
          const text = (more: object = {}) =>
            Effect.map(Stream.runCollect(Generation.text(formula, { ...options, ...more })), (pieces) =>
              pieces.join("")
            )
          const plain = yield* Effect.provide(text(), layer)
          const plan = { order: [[1], [2]], draftLengths: [2] }
          expect(yield* Effect.provide(text({ speculate: plan }), layer)).toBe(plain)
          expect(plain.length).toBeGreaterThan(10)
        })
      )
    ),
  60_000
)

test("on the command line a classifier is the path of its folder", async () => {
  const formula = `model() + 3 * classifier(${JSON.stringify(folder)}, label: "angry", topK: 5)`
  const one = await polylogit(["generate", formula, "--prompt", "Once", "--seed", "1", "--max-tokens", "5"])
  expect([one.code, one.err]).toEqual([0, ""])
  expect(one.out.length).toBeGreaterThan(5)
  const wrong = await polylogit(["generate", formula.replace("angry", "angri"), "--prompt", "Once"])
  expect(wrong.code).not.toBe(0)
  expect(wrong.err).toContain("Cannot find the label angri")
  const missing = await polylogit(["generate", 'model() + classifier("./nowhere", label: "a")', "--prompt", "Once"])
  expect(missing.err).toContain("Cannot open ./nowhere as a classifier: there is no such folder")
})

import { afterAll, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { layer } from "../../src/embedded/models.ts"
import { weightBounds } from "../../src/formula/bounds.ts"
import { check } from "../../src/formula/check.ts"
import { logits } from "../../src/formula/denote.ts"
import type { Formula } from "../../src/formula/formula.ts"
import { parseUnsafe } from "../../src/formula/syntax/parse.ts"
import { print } from "../../src/formula/syntax/print.ts"
import { events } from "../../src/generation/generate.ts"
import type { GenerationOptions } from "../../src/generation/options.ts"
import { Models } from "../../src/model/models.ts"
import { polylogit } from "../support/cli.ts"
import { scratch } from "../support/scratch.ts"
import { rewardStandIn } from "./stand_ins.ts"

const { folder } = scratch()
/** The reward head of the package, and one of the same kind with random weights. */
const heads = [rewardStandIn(folder), "tales-sentiment-reward"]

const runtime = ManagedRuntime.make(layer)
afterAll(() => runtime.dispose())
const read = (text: string) => parseUnsafe(text) as Formula<Models>
const write = async (text: string, options: GenerationOptions) => {
  const all = await runtime.runPromise(
    Stream.runCollect(events(read(text), { prompt: "Once upon a time", maxTokens: 24, seed: 7, ...options }))
  )
  const end = all.at(-1)!
  if (end._tag !== "Finished") throw new Error("it has no end")
  return { text: all.map((event) => event.text).join(""), statistics: end.statistics }
}
const rowOf = async (text: string, exact = true) => {
  const rows = logits(
    read(text),
    exact ? {} : { normalize: "none" }
  )(Stream.make({ prompt: "Once upon a time", completion: [] }))
  return (await runtime.runPromise(Stream.runCollect(rows)))[0]!
}

for (const head of heads) {
  const name = head.includes("/") ? "a stand-in" : head
  const sum = `model() + 2 * scores(model(${JSON.stringify(head)}))`

  test(`${name}: its raw rows are added, with weight 0`, async () => {
    expect(weightBounds(Result.getOrThrow(check(read(sum))))).toEqual([1, 1])
    const context = await runtime.runPromise(
      Effect.gen(function* () {
        const { get } = yield* Models
        const [tales, reward] = [yield* get(undefined), yield* get(head)]
        const tokens = tales.vocabulary.tokenizer!.encode("Once upon a time", { special: true })
        const [[own], [raw]] = [
          yield* tales.score([{ context: tokens, from: tokens.length }]),
          yield* reward.score([{ context: tokens, from: tokens.length }])
        ] as unknown as [[ReadonlyArray<Float32Array>], [ReadonlyArray<Float32Array>]]
        return { own: own[0]!, raw: raw[0]! }
      })
    )
    const scores = Array.from(context.own, (x, token) => x + 2 * context.raw[token]!)
    const most = Math.max(...scores)
    const logZ = most + Math.log(scores.reduce((total, x) => total + Math.exp(x - most), 0))
    const row = await rowOf(sum)
    expect(Math.max(...scores.map((x, token) => Math.abs(x - logZ - row[token]!)))).toBeLessThan(2e-4)
    const plain = await rowOf("model()")
    expect(Math.max(...plain.map((x, token) => Math.abs(x - row[token]!)))).toBeGreaterThan(0.01)
  }, 30_000)

  test(`${name}: it is a stage with several drafts at a time, and a seed gives the same text`, async () => {
    const drafted = `supersede(model("tales-draft"), ${sum})`
    const plain = await write(drafted, { verifier: "coupled" })
    for (const speculate of [
      { order: [1, 2, 3], draftLengths: [2, 4] },
      { order: [[1], [2, 3]], draftLengths: [3] },
      { order: [[2], [3], [1]], draftLengths: [4, 1] },
      "auto"
    ] as const) {
      const one = await write(drafted, { verifier: "coupled", speculate })
      expect(one.text).toBe(plain.text)
    }
    const { statistics } = await write(sum, { verifier: "block", speculate: { order: [1, 2], draftLengths: [4] } })
    const [, reward] = statistics.terms
    // what tales drafts, four tokens at a time, the reward reads in one call
    expect(reward!.calls).toBeLessThan(statistics.tokens)
    expect(statistics.stages.map(({ formula }) => formula)).toEqual([print(read(sum))])
  }, 60_000)

  test(`${name}: explain shows it, with and without a plan`, async () => {
    const { out } = await polylogit(["explain", sum, "--json"])
    expect(JSON.parse(out)).toMatchObject({
      weight: { low: 1, high: 1 },
      terms: ["model()", `model(${JSON.stringify(head)})`]
    })
    const planned = await polylogit(["explain", `supersede(model("tales-draft"), ${sum})`, "--plan", "--json"])
    expect([planned.code, planned.err]).toEqual([0, ""])
    expect(JSON.stringify(JSON.parse(planned.out))).toContain(
      JSON.stringify(`scores(model(${JSON.stringify(head)}))`).slice(1, -1)
    )
  }, 60_000)
}

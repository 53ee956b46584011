import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { openModel } from "../../src/backends/mod.ts"
import { argmax } from "../../src/logits/selection.ts"
import { Formula, Generation, LanguageModel } from "../../src/mod.ts"
import { bareLoop } from "../bare_loop.ts"
import { type ModelName, prepare } from "../runtime/prepare.ts"
import type { Dtype } from "../runtime/protocol.ts"
import { readWeights } from "../runtime/weights.ts"
import { compare, type Timing, table } from "../table.ts"
import { letters } from "./letters.ts"

/** What must be: the bar, and the goal behind it. */
const limits = {
  tales: { pipeline: [1.4, 1.25], terms: undefined },
  "15M": { pipeline: undefined, terms: undefined },
  "135M": {
    pipeline: [1.05, 1.05],
    terms: { fp32: [1.45, 1.35], int8: undefined, int4: [2.1, 1.7] }
  }
} as const satisfies Record<ModelName, unknown>

const prompt = "Once upon a time, at the edge of a great forest, there was"
const styles = ["A fairy tale.", "A ghost story.", "A textbook."]

/** Decoding with the engine alone, and with all that is built on it; one term and three. */
export const decoding = async (
  model: ModelName,
  dtype: Dtype,
  { count, rounds }: { readonly rounds: number; readonly count: number }
): Promise<string> => {
  const folder = prepare(model, dtype)
  const vocabulary = letters(readWeights(folder).sizes.vocab_size)
  const open = (thread: "main" | "worker" | "auto") =>
    ManagedRuntime.make(
      Layer.effect(
        LanguageModel.Models,
        Effect.map(openModel(folder, { dtype, vocabulary, thread }), (opened) => ({
          get: () => Effect.succeed(opened)
        }))
      )
    )
  const [here, there] = [open("main"), open("worker")]
  const usual = model === "tales" ? here : there
  const bare = await bareLoop(folder, { dtype })
  const prompts = styles.map((style) => vocabulary.tokenizer!.encode(style + prompt, { special: true }))
  const score = (runtime: typeof here) => () =>
    runtime.runPromise(
      Effect.gen(function* () {
        const opened = yield* LanguageModel.Models.use((models) => models.get(undefined))
        let context = prompts[0]!
        for (let n = 0; n < count; n++) {
          const [rows] = yield* opened.score([{ context, from: context.length }])
          context = [...context, argmax(rows![0]!)]
        }
        return count
      })
    )
  const [tale, ghost, textbook] = styles.map((style) => Formula.prompt(style, { template: "plain" }))
  const three = tale!.pipe(Formula.subtract(Formula.scale(textbook!, 0.4)), Formula.add(ghost!))
  const write = (formula: typeof tale) => async () => {
    const events = Generation.events(formula!, { prompt, maxTokens: count, seed: 1 })
    const all = await usual.runPromise(Stream.runCollect(events))
    return all.filter((event) => event._tag === "Token").length
  }
  const timings = await compare(
    [
      { name: "engine alone, greedy, on this thread", run: () => bare([prompts[0]!], count) },
      { name: "engine alone, three sequences", run: () => bare(prompts, count) },
      { name: "`LanguageModel.score`, greedy, on this thread", run: score(here) },
      { name: "`LanguageModel.score`, greedy, in a worker", run: score(there) },
      {
        name: `\`Generation.events\`, one term, ${model === "tales" ? "on this thread" : "in a worker"}`,
        run: write(tale)
      },
      { name: "the same, three terms, a - 0.4 b + c", run: write(three) }
    ],
    rounds
  )
  await Promise.all([here.dispose(), there.dispose()])
  return table(`The engine and what is built on it: ${model}, ${dtype}`, "token", timings, [
    verdict(model, dtype, timings)
  ])
}

const verdict = (model: ModelName, dtype: Dtype, timings: ReadonlyArray<Timing>): string => {
  const [engine, engineThree, main, worker, one, three] = timings.map(({ median }) => median) as [
    number,
    number,
    number,
    number,
    number,
    number
  ]
  const { pipeline, terms } = limits[model]
  const own = terms?.[dtype as "fp32" | "int4"]
  const said = (text: string, ratio: number, bounds: readonly [number, number] | undefined) => {
    if (bounds === undefined) return `${text} ${ratio.toFixed(2)}x`
    const [bar, goal] = bounds
    const met = ratio <= goal ? "met" : ratio <= bar ? "bar met, goal NOT met" : "NOT met"
    return `${text} ${ratio.toFixed(2)}x (bar ${bar}x, goal ${goal}x: ${met})`
  }
  return [
    said("The whole pipeline over the engine alone:", one / engine, pipeline),
    said("three terms over one:", three / one, own),
    said("in the engine alone:", engineThree / engine, undefined),
    `the hop to a worker and back: ${(worker - main).toFixed(3)} ms a token.`
  ].join("; ")
}

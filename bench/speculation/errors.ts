import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Formula, Generation, Sampling } from "../../src/mod.ts"
import { layers } from "../../src/speculation/layers.ts"
import type { Row } from "./formulas.ts"
import { originalErrors } from "./original.ts"

/** The laws of all stages of a plan at positions of a text that the formula writes. */
const stageLaws = async ({ formula, plans }: Row, positions: number) => {
  const all = await Effect.runPromise(
    Stream.runCollect(Generation.events(formula, { maxTokens: positions, seed: 1, logitBias: { "0": -100 } }))
  )
  const completion = all.flatMap((event) => (event._tag === "Token" ? [event.token] : []))
  const prepared = await Effect.runPromise(Formula.prepare(formula, { drafts: true }))
  const stages = Result.getOrThrow(layers(prepared, plans[0]!))
  const laws = await Promise.all(
    stages.map((stage) => {
      const target = Sampling.target(stage.prepared, { sampling: {}, promptTokens: [], maxTokens: positions + 1 })
      return Effect.runPromise(target.laws({ prompt: "", completion }, 0))
    })
  )
  return completion.map((_, position) => laws.map((own) => own[position]!.probs))
}

/** How far the law of the original's acceptance rule is from the formula's, on rows of real formulas. */
export const errorsTable = async (
  rows: ReadonlyArray<Row>,
  { positions }: { readonly positions: number }
): Promise<string> => {
  const lines: Array<string> = []
  for (const row of rows) {
    const laws = await stageLaws(row, positions)
    const [released, mended] = [originalErrors(laws), originalErrors(laws, { mended: true })]
    const mean = (all: ReadonlyArray<number>) => all.reduce((sum, x) => sum + x, 0) / all.length
    const dropped = mean(laws.map((stages) => distance(stages.at(-2)!, stages.at(-1)!)))
    lines.push(
      `| ${row.name} | ${laws[0]!.length} | ${mean(released).toPrecision(2)} (${Math.max(...released).toPrecision(2)}) | ${mean(mended).toPrecision(2)} | ${dropped.toPrecision(2)} |`
    )
  }
  return [
    "### The original's acceptance rule on the same rows",
    "",
    `Total variation of the law of one token, exact, mean (and largest) over ${positions} positions: the original as released puts probabilities through the softmax again from the third stage on and adds an epsilon; mended, it does not. The last column: what it would be if the last stage were never applied.`,
    "",
    "| formula | stages | as released | mended | last stage left out |",
    "|---|---|---|---|---|",
    ...lines,
    ""
  ].join("\n")
}

const distance = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + Math.abs(x - b[i]!), 0) / 2

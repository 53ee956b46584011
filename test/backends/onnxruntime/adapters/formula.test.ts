import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Formula } from "polylogit"
import { logSoftmax } from "../../../../src/logits/softmax.ts"
import { distance } from "../../../support/rows.ts"
import { cases, open, using } from "./golden.ts"

const mixed = cases.filter(({ variant }) => variant.length > 0)
const logitsOf = async (formula: Formula.Formula, prompt: ReadonlyArray<number>) => {
  const [row] = await Effect.runPromise(
    Stream.runCollect(Formula.logits(formula)(Stream.make({ prompt, completion: [] })))
  )
  return row!
}
const law = (row: Float32Array) => {
  const logs = logSoftmax(row)
  if (!(logs instanceof Float64Array)) throw new Error("no law")
  return logs
}

test("interpolated weights in a formula have the law of PEFT", () =>
  using(open(), async (model) => {
    expect(mixed.length).toBe(21)
    for (const { context, rows, settings } of mixed) {
      const formula = Formula.interpolate(Formula.model(model), settings, { lambdaSum: "any" })
      expect(distance(await logitsOf(formula, context), law(rows.at(-1)!))).toBeLessThan(2e-5)
    }
  }))

test("two mixes and the base in one sum have the law of the sum", () =>
  using(open(), async (model) => {
    const plain = cases.at(-1)!
    const [one, other] = [cases[2]!, cases[17]!]
    const terms = [one, other].map(({ settings }) => Formula.interpolate(Formula.model(model), settings))
    const formula = Formula.add(
      Formula.subtract(terms[0]!, Formula.scale(terms[1]!, 0.5)),
      Formula.scale(Formula.model(model), 1.5)
    )
    const [a, b, c] = [one, other, plain].map(({ rows }) => law(rows.at(-1)!))
    const wanted = law(Float32Array.from(a!, (x, i) => (x - 0.5 * b![i]! + 1.5 * c![i]!) / 2))
    expect(distance(await logitsOf(formula, plain.context), wanted)).toBeLessThan(5e-5)
  }))

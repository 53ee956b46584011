import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import { readFormula } from "../../src/cli/formula_source.ts"
import { print } from "../../src/formula/syntax/print.ts"

test("--set reaches what names stand for, so that a plan finds its terms by name", async () => {
  const text = "x = interpolate(model(), mood: 1) y = interpolate(model(), age: 1) supersede(x, model())"
  const input = { formula: Option.some(text), file: undefined, define: ["poem=A poem."], set: ["mood.alpha=0"] }
  const { formula, known } = await Effect.runPromise(readFormula(input))
  expect(print(formula)).toBe("supersede(interpolate(model(), mood: 0), model())")
  expect(Record.map(known, (one) => print(one))).toEqual({
    poem: 'prompt("A poem.")',
    x: "interpolate(model(), mood: 0)",
    y: "interpolate(model(), age: 1)"
  })
})

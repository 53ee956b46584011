import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import { classifier } from "../../../src/formula/classifier.ts"
import { equals } from "../../../src/formula/identity.ts"
import { parse, parseUnsafe } from "../../../src/formula/syntax/parse.ts"
import { print } from "../../../src/formula/syntax/print.ts"
import golden from "../../golden/formulas/stories260k.json" with { type: "json" }
import { names } from "../../support/formulas.ts"

const texts = golden.formulas.map(({ text }) => text)

test("there are 56 texts, three of them with a classifier", () => {
  expect(texts.length).toBe(56)
  expect(texts.filter((text) => text.includes("classifier")).length).toBe(3)
})

const tone = classifier("tone")

test.each(texts)("%s", (text) => {
  const formula = parseUnsafe(text, { names: { ...names, tone } })
  expect(equals(parseUnsafe(print(formula), { names }), formula)).toBe(true)
})

test.each([
  ["child / 2", "there is no division: multiply by 1/n as a decimal instead"],
  ["union(child)", "expected union(a, b, …), got 1 argument"],
  ["2", "a formula needs a model: there is only the number 2"],
  ['child + "magic"', 'a string is no term: write prompt("magic")']
])("%s is refused", (text, reason) => {
  expect(golden.rejected.map((rejected) => rejected.text)).toContain(text)
  const result = parse(text, { names })
  expect(Result.isFailure(result) && result.failure.reason).toBe(reason)
})

test("there are no other refused texts", () => expect(golden.rejected.length).toBe(4))

import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { Formula } from "polylogit"
import { parseWithNames } from "../../../src/formula/syntax/parse.ts"

const texts = [
  "x * a",
  "a - x * b",
  "union(a, x * b) + 3 * a",
  "topP(a, x)",
  "(1 + x) * a",
  "linear(x, 0, 20) * a",
  "interpolate(model(), mood: x, age: 0.5 @ x)",
  "y = x y * a",
  "a + x"
]
const names = { a: Formula.prompt("A"), b: Formula.prompt("B") }

test("a given number is what a definition before the text would be", () => {
  const numbers = fc.double({ min: -100, max: 100, noNaN: true })
  fc.assert(
    fc.property(fc.constantFrom(...texts), numbers, (text, x) => {
      const given = Formula.parse(text, { names, numbers: { x } })
      const defined = Formula.parse(`x = ${x} ${text}`, { names })
      expect(Result.isSuccess(given)).toBe(Result.isSuccess(defined))
      if (Result.isSuccess(given)) expect(Formula.equals(given.success, Result.getOrThrow(defined))).toBe(true)
    })
  )
})

test("which of them the text does not name is told", () => {
  const unused = (text: string) => Result.getOrThrow(parseWithNames(text, { names, numbers: { x: 1, y: 2 } })).unused
  expect(unused("x * a")).toEqual(["y"])
  expect(unused("a")).toEqual(["x", "y"])
  expect(unused("z = y * x z * a")).toEqual([])
})

const message = (text: string) =>
  Result.getOrThrow(Result.flip(Formula.parse(text, { names, numbers: { x: 1 } }))).message

test("the text cannot define it again; a name that is nearly it is asked about", () => {
  expect(message("x = 2 x * a")).toContain('"x" is defined already')
  expect(message("X * a")).toContain('unknown name "X" (did you mean "x"?)')
  expect(message("x(2) * a")).not.toContain("undefined")
})

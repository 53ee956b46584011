import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { FormulaSyntaxError } from "../../../src/formula/errors.ts"
import { equals } from "../../../src/formula/identity.ts"
import { parse } from "../../../src/formula/syntax/parse.ts"
import { print } from "../../../src/formula/syntax/print.ts"
import { words } from "../../../src/formula/syntax/words.ts"
import { anyText, names } from "../../support/formulas.ts"

const pieces = [
  ...words.keys(),
  ...[...words.keys()].map((word) => `${word}(`),
  ...Object.keys(names),
  ..."+-*/()[],:=@".split(""),
  ...[
    "a",
    "b",
    "a =",
    "b =",
    "inf",
    "2",
    "0.5",
    "-1",
    "10: 0.5",
    "0.3 @ 0.5",
    "mood: 0.8",
    "1e999",
    '"x"',
    "'x",
    "model: 'x'",
    "\n",
    "# c\n",
    "\\"
  ]
]

/** Texts of random pieces, which get further than random letters. */
const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join(" "))

/** Correct texts with one piece put in, taken out or replaced. */
const broken = fc
  .tuple(
    fc.constantFrom(
      "child - 0.6 * adult + 2 * union(child, magic) + formal",
      'a = prompt("x", model: "y", template: "chat") fade = linear(1, 0, 20) fade * 2 * a + steps(1, 10: 0.5) * child',
      'interpolate(model("m"), mood: 0.8, age: anchors(-1, positive: "old") @ 0.5, lambdaSum: "any") + interpolate(prompt("x"), a: 1)',
      "normalize(selfDebias(row([0, -inf]), truncate(scores(child), 30, 0.95), 10)) - weights([0, 1]) * -(child + 2)"
    ),
    fc.nat(),
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom("", ...pieces)
  )
  .map(([text, at, length, piece]) => {
    const start = at % text.length
    return text.slice(0, start) + piece + text.slice(start + length)
  })

const isTotal = (text: string): void => {
  const result = parse(text, { names })
  if (Result.isSuccess(result)) {
    expect(equals(Result.getOrThrow(parse(print(result.success), { names })), result.success)).toBe(true)
    return
  }
  const { failure } = result
  expect(failure).toBeInstanceOf(FormulaSyntaxError)
  expect(failure.offset).toBeGreaterThanOrEqual(0)
  expect(failure.offset).toBeLessThanOrEqual(text.length)
  const lines = failure.message.split("\n")
  expect(lines.length).toBe(4)
  expect(lines[0]).toBe(failure.reason)
  expect(lines[1]).toBe(`line ${failure.line}, column ${failure.column}`)
}

test.each([
  ["any string", fc.oneof(fc.string(), fc.string({ unit: "binary" }), anyText)],
  ["any pieces", soup],
  ["texts with a fault", broken]
])("%s parses, or is refused with a place", (_, texts) => {
  fc.assert(fc.property(texts, isTotal), { numRuns: 2000 })
})

test("some pieces parse and some do not", () => {
  const parsed = fc.sample(broken, { numRuns: 500, seed: 1 }).filter((text) => Result.isSuccess(parse(text, { names })))
  expect(parsed.length).toBeGreaterThan(10)
  expect(parsed.length).toBeLessThan(480)
})

const n = 10_000

const nested: ReadonlyArray<readonly [string, string]> = [
  ["parentheses", `${"(".repeat(n)}child${")".repeat(n)}`],
  ["signs", `${"-".repeat(n)}child`],
  ["signs and parentheses", `${"-(".repeat(n)}child${")".repeat(n)}`],
  ["unions", `${"union(adult, ".repeat(n)}child${")".repeat(n)}`],
  ["sums to the left", `${"(".repeat(n)}child${" + adult)".repeat(n)}`],
  ["sums to the right", `${"(adult + ".repeat(n)}child${")".repeat(n)}`],
  ["differences to the right", `${"(adult - ".repeat(n)}child${")".repeat(n)}`],
  ["products of sums", `${"2 * (adult + ".repeat(n)}child${")".repeat(n)}`],
  ["coefficients", `${"indicator(".repeat(n)}child${") * child".repeat(n)}`],
  ["a long sum", `child${" - 0.5 * adult".repeat(n)}`],
  ["a long product", `${"linear(1, 0, 2) * ".repeat(n)}child`],
  ["a long row", `row([${"1, ".repeat(n)}1])`],
  ["many operands", `union(${"child, ".repeat(10 * n)}child)`],
  [
    "many definitions",
    `${Array.from({ length: n }, (_, i) => `x${i} = topK(${i === 0 ? "child" : `x${i - 1}`}, 1)`).join("\n")}\nx9999`
  ]
]

test.each(nested)("10,000 %s parse in less than a second", (_, text) => {
  const started = performance.now()
  const formula = Result.getOrThrow(parse(text, { names }))
  expect(performance.now() - started).toBeLessThan(1000)
  expect(equals(Result.getOrThrow(parse(print(formula), { names })), formula)).toBe(true)
})

test.each([
  ["(", `${"(".repeat(n)}child`],
  ["[", "[".repeat(n)],
  ["union(", "union(".repeat(n)],
  ["-", "-".repeat(n)],
  ["white space", " ".repeat(100 * n)],
  ["comments", "#\n".repeat(n)],
  ["digits", "1".repeat(n)],
  ["an unclosed string", `"${"\\n".repeat(n)}`],
  ["letters", "x".repeat(100 * n)]
])("10,000 %s are refused", (_, text) => isTotal(text))

test("names too long to be a slip are compared with none", () => {
  const started = performance.now()
  isTotal(`${"x".repeat(2 * n)} = child ${"y".repeat(2 * n)}`)
  expect(performance.now() - started).toBeLessThan(1000)
})

test("definitions that double their terms or coefficients are refused before memory ends", () => {
  const doubling = (first: string, next: (name: string) => string, last: (name: string) => string) =>
    `${[`x0 = ${first}`, ...Array.from({ length: 60 }, (_, i) => `x${i + 1} = ${next(`x${i}`)}`)].join("\n")}\n${last("x60")}`
  for (const text of [
    doubling(
      "child + adult",
      (x) => `${x} + ${x}`,
      (x) => x
    ),
    doubling(
      "child + adult",
      (x) => `${x} - -${x}`,
      (x) => x
    ),
    doubling(
      "linear(1, 0, 2) * linear(1, 0, 2)",
      (x) => `${x} * ${x}`,
      (x) => `${x} * child`
    ),
    doubling(
      "linear(1, 0, 2) * linear(1, 0, 2)",
      (x) => x,
      (x) => `child${` * ${x}`.repeat(600_000)}`
    )
  ]) {
    const result = parse(text, { names })
    expect(Result.isFailure(result) && result.failure.reason).toStartWith("too many terms")
  }
  const shared = doubling(
    "child",
    (x) => `union(${x}, ${x})`,
    (x) => x
  )
  expect(Result.isSuccess(parse(shared, { names }))).toBe(true)
})

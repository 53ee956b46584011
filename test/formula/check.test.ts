import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import { Formula } from "polylogit"

const names = Object.fromEntries(["a", "b", "c"].map((name) => [name, Formula.row([0, 1, 2, 3], { name })]))
const holed = Formula.row([0, 1, Number.NEGATIVE_INFINITY, 3], { name: "holed" })
const read = (text: string) => Formula.parseUnsafe(text, { names: { ...names, holed } })
const refusal = (text: string, options: Formula.CheckOptions = {}) => {
  const result = Formula.check(read(text), options)
  return Result.isFailure(result) ? result.failure : undefined
}

const weight = "Cannot normalize a formula whose total weight is not positive: it is"
const cautious = (low: number, high: number) =>
  `Cannot normalize a formula whose total weight may not be positive: it lies between ${low} and ${high} ` +
  "(cautious bounds; the models may never reach the lower one)"

/** Text, message, and the sub-formula that it names. */
const refused: ReadonlyArray<readonly [text: string, message: string, part?: string]> = [
  ["a - b", `${weight} 0`],
  ["-a", `${weight} -1`],
  ["a - 3 * b", `${weight} -2`],
  ["scores(a)", `${weight} 0`],
  ["0 * a", `${weight} 0`],
  ["union(-a, -2 * b)", `Cannot normalize a formula whose total weight is not positive: it is at most -1`],
  ["union(a, 2 * b) - a", cautious(0, 1)],
  ["union(a, -6 * uniform())", cautious(-6, 1)],
  ["indicator(a) * b", cautious(0, 1)],
  ["weights([0, 1, 1, 1]) * a", cautious(0, 1)],
  ["linear(1, -1, 1) * a", `${weight} -1 at position 1`],
  ["linear(1, -1, 4) * a", `${weight} 0 at position 2`],
  ["steps(1, 3: 2, 7: -1) * a", `${weight} -1 at position 7`],
  ["b + linear(2, -2, 4) * a", `${weight} 0 at position 3`],
  // below what takes a law, whatever stands around it
  ["2 * c + normalize(a - b)", `${weight} 0`, "a - b"],
  ["topK(a - 2 * b, 3) + c", `${weight} -1`, "a - 2 * b"],
  ["selfDebias(a - b, c, 1)", `${weight} 0`, "a - b"],
  ["selfDebias(c, a - b, 1)", `${weight} 0`, "a - b"],
  ["c + minP(linear(1, 0, 2) * a, 0.1)", `${weight} 0 at position 2`, "linear(1, 0, 2) * a"],
  // impossible tokens
  ["c - topK(a, 2)", "Cannot give a negative coefficient to a term with impossible tokens (-Infinity)", "-topK(a, 2)"],
  ["2 * c - holed", "Cannot give a negative coefficient to a term with impossible tokens (-Infinity)", "-holed"]
]

describe("refused when built", () => {
  for (const [text, message, part = text] of refused) {
    test(text, () => {
      const canonical = Formula.print(read(part))
      expect(refusal(text)).toMatchObject({
        _tag: "FormulaError",
        part: canonical,
        message: `${message}: ${canonical}`
      })
    })
  }
})

describe("accepted", () => {
  for (const text of [
    "a",
    "a - 0.6 * b",
    "union(a, 2 * b) - union(a, 2 * b) + c",
    "union(a, 2 * b) - 0.5 * a",
    "c + indicator(a - b) * a",
    "linear(1, 0.1, 50) * a",
    "steps(1, 3: 2) * a + scores(b)",
    "c + normalize(a) - 0.5 * selfDebias(a, b, 2)",
    "topK(a, 2) + b",
    "c - 0.5 * topK(a, 0)",
    "c - 0.5 * truncate(a, 0, 1, 2)",
    "c - 0.5 * minP(a, 0)",
    "holed + a",
    "weights([0, 1, 1, 1]) * a + 0.1 * b"
  ]) {
    test(text, () => expect(refusal(text)?.message).toBeUndefined())
  }
})

describe("where impossible tokens are", () => {
  const negative = (text: string) => refusal(`9 * c - ${text}`)?.message.startsWith("Cannot give a negative") ?? false
  for (const text of [
    "topP(a, 0.9)",
    "minP(a, 0.1)",
    "plausible(a, 0.1)",
    "truncate(a, 2)",
    "truncate(a, 0, 0.5)",
    "topK(holed, 0)",
    "(a + topK(b, 2))",
    "linear(1, 2, 3) * holed",
    "weights([0, 1, 1, 1]) * holed",
    "intersection(a, holed)",
    "union(holed, topK(a, 1))",
    "supersede(a, holed)",
    "selfDebias(holed, a, 1)",
    "normalize(holed)",
    "scores(holed)"
  ]) {
    test(`in ${text}`, () => expect(negative(text)).toBe(true))
  }
  for (const text of ["a", "union(a, holed)", "supersede(holed, a)", "selfDebias(a, holed, 1)", "uniform()"]) {
    test(`not in ${text}`, () => expect(negative(text)).toBe(false))
  }
  test("a factor of 0 makes 0 of them", () => {
    const zero = Formula.subtract(
      Formula.row([0, 0, 0, 0]),
      Formula.add(Formula.scale(holed, 0), Formula.scale(names.a!, 0.5))
    )
    expect(Result.isSuccess(Formula.check(zero))).toBe(true)
  })
  test("a schedule that is negative at one position is enough", () => {
    expect(refusal("9 * c + linear(2, -1, 6) * holed")?.part).toBe("linear(2, -1, 6) * holed")
    expect(refusal("9 * c + steps(1, 5: -1, 6: 1) * holed")?.part).toBe("steps(1, 5: -1, 6: 1) * holed")
    expect(refusal("9 * c + steps(1, 5: 0, 6: 1) * holed")).toBeUndefined()
  })
})

test("normalize none: the whole is not divided, parts that take a law are", () => {
  expect(refusal("a - b", { normalize: "none" })).toBeUndefined()
  expect(refusal("scores(a)", { normalize: "none" })).toBeUndefined()
  expect(refusal("normalize(a - b) - c", { normalize: "none" })?.part).toBe("a - b")
  expect(refusal("c - topK(a, 2)", { normalize: "none" })?.part).toBe("-topK(a, 2)")
})

test("pending terms do not count", () => {
  const pending: Formula.IsPending = (leaf) => leaf._tag === "Row" && leaf.name === "b"
  expect(refusal("a - b", { pending })).toBeUndefined()
  expect(refusal("b - 0.5 * a", { pending })?.message).toBe(`${weight} -0.5: b - 0.5 * a`)
  expect(refusal("a + normalize(b - a)", { pending })?.part).toBe("b - a")
})

test("an accepted formula is given back as it is", () => {
  const formula = read("a - 0.5 * a")
  expect(Result.getOrThrow(Formula.check(formula))).toBe(formula)
})

test("a weight that is zero but for rounding is zero", () => {
  expect(refusal("0.1 * a + 0.2 * b - 0.3 * c")?.message).toStartWith(`${weight} 0`)
})

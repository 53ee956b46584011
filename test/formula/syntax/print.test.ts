import { expect, test } from "bun:test"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { indicator, linear, steps, tokenWeights } from "../../../src/formula/coefficient.ts"
import { postorder } from "../../../src/formula/fold.ts"
import type { Any } from "../../../src/formula/formula.ts"
import { equals } from "../../../src/formula/identity.ts"
import { interpolate } from "../../../src/formula/interpolate.ts"
import { model, prompt, row, scores, uniform } from "../../../src/formula/leaves.ts"
import * as Operators from "../../../src/formula/operators.ts"
import { stream } from "../../../src/formula/stream_leaf.ts"
import { parseUnsafe } from "../../../src/formula/syntax/parse.ts"
import { excerpt, print } from "../../../src/formula/syntax/print.ts"
import * as LanguageModel from "../../../src/model/table.ts"
import { expressible, names } from "../../support/formulas.ts"

const { add, intersection, map, minP, normalize, plausible, scale, selfDebias, subtract, supersede } = Operators
const { topK, topP, truncate, union } = Operators
const [child, adult, magic] = [names.child!, names.adult!, names.magic!]
const tiny = LanguageModel.table([[0]], { name: "tiny" })

test("what text can express is read back as an equal formula", () => {
  fc.assert(
    fc.property(expressible, (formula) => {
      const text = print(formula)
      const back = parseUnsafe(text, { names })
      expect([text, equals(back, formula)]).toEqual([text, true])
      expect(print(back)).toBe(text)
    }),
    { numRuns: 2000 }
  )
})

test("the formulas of the property have every node and every coefficient", () => {
  const seen = new Set<string>()
  for (const formula of fc.sample(expressible, { numRuns: 2000, seed: 1 })) {
    for (const node of postorder(formula)) {
      seen.add(node._tag === "Scale" ? `Scale ${node.by._tag}` : node._tag)
      if (node._tag === "Model" && (node.mix?.attributes.length ?? 0) > 1) seen.add("Mix")
    }
  }
  const scales = ["Number", "Linear", "Steps", "TokenWeights", "Indicator"].map((by) => `Scale ${by}`)
  const tags = [
    "Model",
    "Row",
    "Uniform",
    "Scores",
    "Sum",
    "Union",
    "Intersection",
    "Supersede",
    "SelfDebias",
    "Classifier"
  ]
  expect([...seen].sort()).toEqual([...scales, ...tags, "Mask", "Mix", "Normalize"].sort())
})

const texts: ReadonlyArray<readonly [Any, string]> = [
  [model(), "model()"],
  [model("big"), 'model("big")'],
  [prompt('say "ah"\n'), 'prompt("say \\"ah\\"\\n")'],
  [prompt("a", { model: "b", template: "chat" }), 'prompt("a", model: "b", template: "chat")'],
  [prompt("a", { template: "plain" }), 'prompt("a", template: "plain")'],
  [interpolate(model("m"), { sentiment: 0.8 }), 'interpolate(model("m"), sentiment: 0.8)'],
  [
    interpolate(prompt("A fairy tale."), { sentiment: -0.5, formality: { alpha: 2, lambda: 0.25 } }),
    'interpolate(prompt("A fairy tale."), sentiment: -0.5, formality: 2 @ 0.25)'
  ],
  [
    interpolate(
      model(),
      {
        sentiment: { alpha: 1, lambda: -1, positive: "happy", negative: "sad" },
        model: { alpha: 0, positive: "model+", negative: 'a "b"' }
      },
      { lambdaSum: "any" }
    ),
    'interpolate(model(), sentiment: anchors(1, positive: "happy", negative: "sad") @ -1, model: anchors(0, negative: "a \\"b\\""), lambdaSum: "any")'
  ],
  [child, "child"],
  [row([0, -1.5, Number.NEGATIVE_INFINITY, 1e-7, 1e21]), "row([0, -1.5, -inf, 1e-7, 1e+21])"],
  [uniform(), "uniform()"],
  [scores(child), "scores(child)"],
  [
    add(add(subtract(child, scale(adult, 0.6)), scale(union(child, adult), 2)), 1),
    "child - 0.6 * adult + 2 * union(child, adult) + uniform()"
  ],
  [subtract(child, adult), "child - adult"],
  [subtract(child, subtract(adult, magic)), "child - (adult - magic)"],
  [subtract(child, scale(subtract(adult, magic), 2)), "child - 2 * (adult - magic)"],
  [add(scale(child, -2), adult), "-2 * child + adult"],
  [add(scale(child, -1), adult), "-child + adult"],
  [scale(add(child, adult), -1), "-(child + adult)"],
  [scale(child, -0), "0 * child"],
  [add(child, scale(adult, 0)), "child + 0 * adult"],
  [scale(scale(child, linear(1, 0, 20)), -2), "-2 * linear(1, 0, 20) * child"],
  [scale(scale(child, -2), linear(1, -0.5, 20)), "linear(1, -0.5, 20) * -2 * child"],
  [subtract(adult, scale(child, linear(1, 0, 20))), "adult - linear(1, 0, 20) * child"],
  [
    scale(
      child,
      steps(1, [
        [10, 0.5],
        [20, 0]
      ])
    ),
    "steps(1, 10: 0.5, 20: 0) * child"
  ],
  [scale(child, tokenWeights([0, 1, 2])), "weights([0, 1, 2]) * child"],
  [scale(add(child, adult), indicator(subtract(child, adult))), "indicator(child - adult) * (child + adult)"],
  [
    intersection(add(child, adult), union(child, adult), magic),
    "intersection(child + adult, union(child, adult), magic)"
  ],
  [supersede(child, adult), "supersede(child, adult)"],
  [selfDebias(child, adult, 10), "selfDebias(child, adult, 10)"],
  [topK(child, 10), "topK(child, 10)"],
  [topP(child, 0.9), "topP(child, 0.9)"],
  [minP(child, 0.1), "minP(child, 0.1)"],
  [plausible(child, 0.1), "plausible(child, 0.1)"],
  [truncate(child, 30), "truncate(child, 30)"],
  [truncate(child, 30, 0.95), "truncate(child, 30, 0.95)"],
  [truncate(child, 30, 1, 0.8), "truncate(child, 30, 1, 0.8)"],
  [normalize(child), "normalize(child)"]
]

test.each(texts)("text of %#", (formula, text) => {
  expect(print(formula)).toBe(text)
  expect(equals(parseUnsafe(text, { names }), formula)).toBe(true)
})

test("what only code can express has a placeholder that does not parse", () => {
  const parity = stream(
    "parity",
    Stream.map(() => Float32Array.of(0))
  )
  const codeOnly: ReadonlyArray<readonly [Any, string]> = [
    [model(tiny), "model(<tiny>)"],
    [prompt("a", { model: tiny }), 'prompt("a", model: <tiny>)'],
    [parity, "stream(<parity>)"],
    [map(child, "double", (x) => x), "map(child, <double>)"],
    [row([1], { name: "not a name" }), "row(<not a name>)"],
    [row([1], { name: "union" }), "row(<union>)"],
    [row([1], { name: "inf" }), "row(<inf>)"]
  ]
  for (const [formula, text] of codeOnly) {
    expect(print(add(formula, child))).toBe(`${text} + child`)
    expect(() => parseUnsafe(text, { names })).toThrow()
  }
})

test("an excerpt is the beginning of the text", () => {
  fc.assert(
    fc.property(expressible, fc.integer({ min: 1, max: 80 }), (formula, max) => {
      const text = print(formula)
      const short = excerpt(formula, max)
      expect(short.length).toBeLessThanOrEqual(max)
      const cutInside = text.includes('"') // a long string is cut before it is quoted
      if (!cutInside) expect(short).toBe(text.length <= max ? text : `${text.slice(0, max - 1)}…`)
    })
  )
})

test("an excerpt shows a few numbers of a row and has 60 characters at most", () => {
  const large = row(new Float32Array(150_000).fill(1))
  expect(excerpt(large)).toBe("row([1, 1, 1, 1, …])")
  expect(excerpt(scale(child, tokenWeights([1, 2, 3, 4, 5])))).toBe("weights([1, 2, 3, 4, …]) * child")
  expect(excerpt(row([1, 2, 3, 4]))).toBe("row([1, 2, 3, 4])")
  expect(excerpt(prompt("x".repeat(1e6)))).toBe(`prompt("${"x".repeat(51)}…`)
  expect(excerpt(prompt("😀".repeat(40)), 10)).not.toMatch(/\p{Cs}/u)
})

test("deep and long formulas print and are read back", () => {
  const n = 10_000
  let sum: Any = child
  let nested: Any = child
  let scaled: Any = child
  for (let i = 0; i < n; i++) {
    nested = union(nested, add(adult, normalize(nested === child ? magic : child)))
    scaled = scale(topK(scaled, 1), linear(0, 1, i + 1))
  }
  for (let i = 0; i < n; i++) sum = add(sum, i % 2 === 0 ? adult : magic)
  for (const formula of [sum, nested, scaled]) {
    const started = performance.now()
    const text = print(formula)
    expect(text.length).toBeGreaterThan(n)
    expect(equals(parseUnsafe(text, { names }), formula)).toBe(true)
    expect(excerpt(formula).length).toBeLessThanOrEqual(60)
    expect(performance.now() - started).toBeLessThan(3000)
  }
})

test("an excerpt of a formula that shares its parts does not write all of it", () => {
  let doubled: Any = child
  for (let i = 0; i < 60; i++) doubled = union(doubled, doubled)
  expect(excerpt(doubled)).toBe(`${"union(".repeat(9)}union…`)
})

import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { linear, steps, tokenWeights } from "../../src/formula/coefficient.ts"
import { FormulaError } from "../../src/formula/errors.ts"
import type { Any, Formula } from "../../src/formula/formula.ts"
import { equals } from "../../src/formula/identity.ts"
import { interpolate } from "../../src/formula/interpolate.ts"
import { FormulaFromJson, fromJson, toJson } from "../../src/formula/json.ts"
import { model, prompt, row } from "../../src/formula/leaves.ts"
import { add, map, scale, selfDebias, topK, union } from "../../src/formula/operators.ts"
import { stream } from "../../src/formula/stream_leaf.ts"
import { parseUnsafe } from "../../src/formula/syntax/parse.ts"
import { print } from "../../src/formula/syntax/print.ts"
import * as LanguageModel from "../../src/model/table.ts"
import { expressible, names } from "../support/formulas.ts"

const child = names.child!
const write = (formula: Any) => JSON.stringify(Result.getOrThrow(toJson(formula)))
const errorOf = (json: unknown) => Result.getOrThrow(Result.flip(fromJson(json)))

test("a formula is read back from its JSON text as an equal one", () => {
  fc.assert(
    fc.property(expressible, (formula) => {
      const back = Result.getOrThrow(fromJson(JSON.parse(write(formula))))
      expect([print(back), equals(back, formula)]).toEqual([print(formula), true])
    }),
    { numRuns: 1000 }
  )
})

test("JSON is as written here", () => {
  const formula = parseUnsafe(
    `prompt("kind", model: "big", template: "chat") - 0.5 * row([0, -inf]) + child + steps(1, 2: 0) * model()
     + truncate(union(model("a"), uniform()), 30, 0.9) + indicator(child) * scores(child)
     + interpolate(prompt("p"), mood: 0.5, age: anchors(2, positive: "old", negative: "age-") @ 0.25, lambdaSum: "any")`,
    { names }
  )
  const child = { _tag: "Row", name: "child", logits: [2, 1, 0, -1] }
  expect(JSON.parse(write(formula))).toEqual({
    version: 1,
    formula: {
      _tag: "Sum",
      terms: [
        { _tag: "Model", model: "big", prompt: "kind", template: "chat" },
        { _tag: "Scale", by: -0.5, of: { _tag: "Row", logits: [0, null] } },
        child,
        { _tag: "Scale", by: { _tag: "Steps", first: 1, changes: [[2, 0]] }, of: { _tag: "Model" } },
        {
          _tag: "Mask",
          of: { _tag: "Union", operands: [{ _tag: "Model", model: "a" }, { _tag: "Uniform" }] },
          rule: { _tag: "truncate", topK: 30, topP: 0.9, temperature: 1 }
        },
        { _tag: "Scale", by: { _tag: "Indicator", of: child }, of: { _tag: "Scores", of: child } },
        {
          _tag: "Model",
          prompt: "p",
          mix: {
            attributes: [
              { name: "mood", alpha: 0.5 },
              { name: "age", alpha: 2, lambda: 0.25, positive: "old" }
            ],
            lambdaSum: "any"
          }
        }
      ]
    }
  })
})

test("what is code, or no finite number, is not written", () => {
  const parity = stream(
    "parity",
    Stream.map(() => Float32Array.of(0))
  )
  const tiny = LanguageModel.table([[0]], { name: "tiny" })
  const refused: ReadonlyArray<readonly [Any, string, string]> = [
    [model(tiny), "model(<tiny>)", "it holds a model itself, where JSON needs a model's name"],
    [
      prompt("a", { model: tiny }),
      'prompt("a", model: <tiny>)',
      "it holds a model itself, where JSON needs a model's name"
    ],
    [parity, "stream(<parity>)", "it holds a stream"],
    [map(child, "double", (x) => x), "map(child, <double>)", "it holds a function"],
    [interpolate(model(), { mood: Number.NaN }), "interpolate(model(), mood: NaN)", "NaN is not a finite number"],
    [
      interpolate(model(), { mood: { alpha: 1, lambda: Number.POSITIVE_INFINITY } }),
      "interpolate(model(), mood: 1 @ inf)",
      "Infinity is not a finite number"
    ],
    [scale(child, Number.NaN), "NaN * child", "NaN is not a finite number"],
    [row([0, Number.POSITIVE_INFINITY]), "row([0, inf])", "Infinity is not a finite number"],
    [scale(child, linear(0, Number.NaN, 1)), "linear(0, NaN, 1) * child", "NaN is not a finite number"],
    [scale(child, steps(0, [[1, Number.NaN]])), "steps(0, 1: NaN) * child", "NaN is not a finite number"],
    [scale(child, tokenWeights([Number.NaN])), "weights([NaN]) * child", "NaN is not a finite number"],
    [topK(child, Number.POSITIVE_INFINITY), "topK(child, inf)", "Infinity is not a finite number"],
    [selfDebias(child, child, Number.NaN), "selfDebias(child, child, NaN)", "NaN is not a finite number"]
  ]
  for (const [formula, part, problem] of refused) {
    const error = Result.getOrThrow(Result.flip(toJson(add(child, union(formula, child)))))
    expect(error).toEqual(new FormulaError({ part, message: `Cannot write ${part} as JSON: ${problem}` }))
  }
})

const one = { version: 1, formula: { _tag: "Uniform" } }
const inside = (formula: unknown) => ({ version: 1, formula })
const mixed = (mix: unknown) => inside({ _tag: "Model", mix })
const uniform = { _tag: "Uniform" }

test.each<readonly [unknown, string]>([
  [null, "this as a saved formula: null"],
  [undefined, "this as a saved formula: it is missing"],
  ["child", 'this as a saved formula: "child"'],
  [[one], "this as a saved formula: a list of 1"],
  [{}, "version as 1, the only version there is: it is missing"],
  [{ formula: uniform }, "version as 1, the only version there is: it is missing"],
  [{ ...one, version: 2, more: true }, "version as 1, the only version there is: 2"],
  [{ ...one, version: "1" }, 'version as 1, the only version there is: "1"'],
  [{ version: 1 }, "formula as a formula: it is missing"],
  [{ ...one, more: true }, 'this as a saved formula, which has only version, formula: "more"'],
  [inside("child"), 'formula as a formula: "child"'],
  [inside([uniform]), "formula as a formula: a list of 1"],
  [
    inside({}),
    "formula._tag as one of Model, Row, Uniform, Scores, Sum, Scale, Union, Intersection, Supersede, SelfDebias, Classifier, Mask, Normalize: it is missing"
  ],
  [
    inside({ _tag: "Summ", terms: [] }),
    'formula._tag as one of Model, Row, Uniform, Scores, Sum, Scale, Union, Intersection, Supersede, SelfDebias, Classifier, Mask, Normalize: "Summ" (did you mean "Sum"?)'
  ],
  [
    inside({ _tag: "toString" }),
    'formula._tag as one of Model, Row, Uniform, Scores, Sum, Scale, Union, Intersection, Supersede, SelfDebias, Classifier, Mask, Normalize: "toString"'
  ],
  [inside({ _tag: "Sum" }), "formula.terms as a list of 1 or more: it is missing"],
  [inside({ _tag: "Sum", terms: [] }), "formula.terms as a list of 1 or more: a list of 0"],
  [inside({ _tag: "Union", operands: [uniform] }), "formula.operands as a list of 2 or more: a list of 1"],
  [inside({ _tag: "Sum", terms: [uniform, { _tag: "Normalize" }] }), "formula.terms[1].of as a formula: it is missing"],
  [inside({ _tag: "Uniform", of: 1 }), 'formula as Uniform, which has only _tag: "of"'],
  [
    inside({ _tag: "Model", modl: "a" }),
    'formula as Model, which has only _tag, model, prompt, template, mix: "modl" (did you mean "model"?)'
  ],
  [inside({ _tag: "Model", model: 1 }), "formula.model as a string: 1"],
  [inside({ _tag: "Model", prompt: null }), "formula.prompt as a string: null"],
  [inside({ _tag: "Model", template: "Chat" }), 'formula.template as "auto", "chat" or "plain": "Chat"'],
  [mixed({}), "formula.mix.attributes as a list: it is missing"],
  [mixed({ attributes: [], lambdaSum: 1 }), 'formula.mix.lambdaSum as "one" or "any": 1'],
  [mixed({ attributes: [], sum: "any" }), 'formula.mix as a mix, which has only attributes, lambdaSum: "sum"'],
  [mixed({ attributes: [{ alpha: 1 }] }), "formula.mix.attributes[0].name as a string: it is missing"],
  [mixed({ attributes: [{ name: "a" }] }), "formula.mix.attributes[0].alpha as a finite number: it is missing"],
  [
    mixed({ attributes: [{ name: "a", alpha: { _tag: "Linear", from: 0, to: 1, steps: 2 } }] }),
    "formula.mix.attributes[0].alpha as a finite number: an object"
  ],
  [
    mixed({ attributes: [{ name: "a", alpha: 1, lambda: null }] }),
    "formula.mix.attributes[0].lambda as a finite number: null"
  ],
  [
    mixed({ attributes: [{ name: "a", alpha: 1, positiv: "b" }] }),
    'formula.mix.attributes[0] as an attribute, which has only name, alpha, lambda, positive, negative: "positiv" (did you mean "positive"?)'
  ],
  [inside({ _tag: "Row", logits: [1, "2"] }), 'formula.logits[1] as a finite number: "2"'],
  [inside({ _tag: "Row", logits: JSON.parse("[1e999]") }), "formula.logits[0] as a finite number: Infinity"],
  [inside({ _tag: "Row", logits: {} }), "formula.logits as a list: an object"],
  [inside({ _tag: "Scale", of: uniform }), "formula.by as a finite number: it is missing"],
  [inside({ _tag: "Scale", by: Number.NaN, of: uniform }), "formula.by as a finite number: NaN"],
  [inside({ _tag: "Scale", by: null, of: uniform }), "formula.by as a number or an object: null"],
  [
    inside({ _tag: "Scale", by: { _tag: "Liner" }, of: uniform }),
    'formula.by._tag as one of Linear, Steps, TokenWeights, Indicator: "Liner" (did you mean "Linear"?)'
  ],
  [
    inside({ _tag: "Scale", by: { _tag: "Steps", first: 1, changes: [[1]] }, of: uniform }),
    "formula.by.changes[0] as a list of 2: a list of 1"
  ],
  [
    inside({ _tag: "Scale", by: { _tag: "Steps", first: 1, changes: [[1, 2, 3]] }, of: uniform }),
    "formula.by.changes[0] as a list of 2: a list of 3"
  ],
  [inside({ _tag: "Mask", of: uniform, rule: { _tag: "topK", k: "5" } }), 'formula.rule.k as a finite number: "5"'],
  [inside({ _tag: "Mask", of: uniform, rule: "topK" }), 'formula.rule as an object: "topK"'],
  [inside(JSON.parse('{"_tag":"Uniform","__proto__":1}')), 'formula as Uniform, which has only _tag: "__proto__"'],
  [
    inside(Object.create({ _tag: "Uniform" })),
    "formula._tag as one of Model, Row, Uniform, Scores, Sum, Scale, Union, Intersection, Supersede, SelfDebias, Classifier, Mask, Normalize: it is missing"
  ]
])("%j is refused in one line", (json, what) => {
  expect(errorOf(json).message).toBe(`Cannot read ${what}`)
})

test("the part of an error is its path", () => {
  expect(errorOf(inside({ _tag: "Sum", terms: [uniform, 2] })).part).toBe("formula.terms[1]")
})

test("any JSON is read or refused, never thrown", () => {
  const tags = fc.constantFrom("Model", "Row", "Sum", "Scale", "Union", "Mask", "Steps", "topK", "x")
  const keys = fc.constantFrom("of", "by", "terms", "operands", "rule", "k", "logits", "first", "changes", "name")
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: "medium" },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.tuple(tags, fc.dictionary(keys, tie("json"), { maxKeys: 3 })).map(([_tag, more]) => ({ _tag, ...more }))
    )
  }))
  fc.assert(
    fc.property(fc.oneof(json, json.map(inside)), (value) => {
      const result = fromJson(value)
      if (Result.isFailure(result)) expect(result.failure.message).toMatch(/^Cannot read [^\n]+$/)
      else expect(Result.isSuccess(toJson(result.success))).toBe(true)
    }),
    { numRuns: 1000 }
  )
})

const deep = (levels: number): Any => {
  let formula: Any = model()
  for (let i = 1; i < levels; i++) formula = topK(formula, 1)
  return formula
}

test("1000 levels are written and read, more are refused on both sides", () => {
  expect(equals(Result.getOrThrow(fromJson(JSON.parse(write(deep(1000))))), deep(1000))).toBe(true)
  const { message } = Result.getOrThrow(Result.flip(toJson(deep(1001))))
  expect(message).toBe(`Cannot write ${"topK(".repeat(11)}topK… as JSON: it is nested more than 1000 deep`)
  for (const levels of [1000, 10_000, 100_000]) {
    let json: unknown = uniform
    for (let i = 0; i < levels; i++) json = { _tag: "Normalize", of: json }
    expect(errorOf(inside(json)).message).toBe(
      `Cannot read formula.of.of.of.of.…of${".of".repeat(19)} as part of a formula at most 1000 deep: an object`
    )
  }
})

test("a formula of too many nodes written out is refused", () => {
  let doubled: Any = child
  for (let i = 0; i < 60; i++) doubled = union(doubled, doubled)
  expect(Result.getOrThrow(Result.flip(toJson(doubled))).message).toEndWith(
    "written out it has more than 1000000 nodes"
  )
})

test("the codec does the same inside other data", () => {
  const Preset = Schema.fromJsonString(Schema.Struct({ formula: FormulaFromJson }))
  const formula = add(scale(model("a"), 2), prompt("b"))
  const text = Schema.encodeSync(Preset)({ formula })
  expect(equals(Schema.decodeSync(Preset)(text).formula, formula)).toBe(true)
  const refused = Schema.decodeResult(Preset)('{"formula":{"version":2}}')
  expect(Result.isFailure(refused) && refused.failure.message).toContain(
    "Cannot read version as 1, the only version there is: 2"
  )
  const parity = stream(
    "parity",
    Stream.map(() => Float32Array.of(0))
  ) as Formula<never>
  expect(() => Schema.encodeSync(Preset)({ formula: parity })).toThrow("Cannot write stream(<parity>) as JSON")
  expect(Result.isFailure(Schema.decodeUnknownResult(FormulaFromJson)(null))).toBe(true)
})

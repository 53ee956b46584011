import * as fc from "fast-check"
import { classifier } from "../../src/formula/classifier.ts"
import { type Coefficient, indicator, linear, number, steps, tokenWeights } from "../../src/formula/coefficient.ts"
import type { Any, Formula } from "../../src/formula/formula.ts"
import { interpolate } from "../../src/formula/interpolate.ts"
import { model, prompt, row, scores, uniform } from "../../src/formula/leaves.ts"
import * as Operators from "../../src/formula/operators.ts"

/** Rows of four tokens that text can name. */
export const names: Readonly<Record<string, Formula>> = Object.fromEntries(
  [
    ["plain", [0, 0, 0, 0]],
    ["child", [2, 1, 0, -1]],
    ["adult", [-1, 0, 1, 2]],
    ["magic", [0.5, -0.25, 3, -3]],
    ["formal", [1, 1, -2, 0]],
    ["sad", [-0.5, 0.5, 0.25, 1]],
    ["süß_2", [1, 2, 3, 4]]
  ].map(([name, logits]) => [name, row(logits as ReadonlyArray<number>, { name: name as string })])
)

/** A finite number: small decimals, whole numbers, and any. */
export const finite: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -300, max: 300 }).map((n) => n / 100),
  fc.integer({ min: -5, max: 50 }),
  fc.double({ noNaN: true, noDefaultInfinity: true })
)

/** Any string, also such as are no valid UTF-16 text. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units))
)

const named: fc.Arbitrary<Any> = fc.option(anyText, { nil: undefined }).map((name) => model(name))
const prompted: fc.Arbitrary<Any> = fc
  .record(
    { model: anyText, template: fc.constantFrom("auto" as const, "chat" as const, "plain" as const) },
    { requiredKeys: [] }
  )
  .chain((options) => anyText.map((text) => prompt(text, options)))

const attribute = fc.tuple(
  fc.constantFrom("sentiment", "süß_2", "model", "anchors", "inf", "lambda", "__proto__", "toString"),
  fc.oneof(
    finite,
    fc.record(
      { alpha: finite, lambda: finite, positive: anyText, negative: fc.oneof(anyText, fc.constant("sentiment-")) },
      { requiredKeys: ["alpha"] }
    )
  )
)
const interpolated: fc.Arbitrary<Any> = fc
  .tuple(
    fc.oneof(named, prompted),
    fc.uniqueArray(attribute, { maxLength: 3, selector: ([name]) => name }),
    fc.constantFrom("one" as const, "any" as const)
  )
  .map(([base, attributes, lambdaSum]) => interpolate(base, Object.fromEntries(attributes), { lambdaSum }))

const leaf: fc.Arbitrary<Any> = fc.oneof(
  fc.constantFrom(...Object.values(names)),
  fc.constant(uniform()),
  named,
  prompted,
  interpolated,
  fc.array(fc.oneof(finite, fc.constant(Number.NEGATIVE_INFINITY)), { maxLength: 4 }).map((logits): Any => row(logits))
)

const coefficient = (formula: fc.Arbitrary<Any>): fc.Arbitrary<Coefficient> =>
  fc.oneof(
    { weight: 4, arbitrary: finite.map(number) },
    { weight: 1, arbitrary: fc.tuple(finite, finite, finite).map((ends) => linear(...ends)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(finite, fc.array(fc.tuple(finite, finite), { maxLength: 3 }))
        .map(([first, changes]) => steps(first, changes))
    },
    { weight: 1, arbitrary: fc.array(finite, { maxLength: 4 }).map(tokenWeights) },
    { weight: 1, arbitrary: formula.map(indicator) }
  )

const isFinite = (formula: Any): boolean =>
  formula._tag !== "Scale" || formula.by._tag !== "Number" || Number.isFinite(formula.by.value)

const { formula } = fc.letrec<{ formula: Any }>((tie) => {
  const f = tie("formula")
  const operands = fc.tuple(f, f, fc.array(f, { maxLength: 2 })).map(([a, b, more]) => [a, b, ...more] as const)
  return {
    formula: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.tuple(f, f).map(([a, b]): Any => Operators.add(a, b)),
      fc.tuple(f, f).map(([a, b]): Any => Operators.subtract(a, b)),
      fc
        .tuple(f, coefficient(f))
        .map(([of, by]): Any => Operators.scale(of, by))
        .filter(isFinite),
      fc
        .tuple(f, coefficient(f))
        .map(([of, by]): Any => Operators.scale(of, by))
        .filter(isFinite),
      operands.map((all): Any => Operators.union(...all)),
      operands.map((all): Any => Operators.intersection(...all)),
      fc.tuple(f, f).map(([draft, target]): Any => Operators.supersede(draft, target)),
      fc.tuple(f, f, finite).map(([of, against, strength]): Any => Operators.selfDebias(of, against, strength)),
      fc
        .record(
          {
            over: f,
            label: anyText,
            topK: finite,
            goal: fc.constantFrom("maximize" as const, "minimize" as const),
            template: anyText
          },
          { requiredKeys: [] }
        )
        .chain((options) => anyText.map((name): Any => classifier(name, options))),
      f.map((of): Any => scores(of)),
      f.map((of): Any => Operators.normalize(of)),
      fc
        .tuple(f, finite, fc.constantFrom(Operators.topK, Operators.topP, Operators.minP, Operators.plausible))
        .map(([of, by, rule]): Any => rule(of, by)),
      fc
        .tuple(f, finite, fc.oneof(fc.constant(1), finite), fc.oneof(fc.constant(1), finite))
        .map(([of, k, p, t]): Any => Operators.truncate(of, k, p, t))
    )
  }
})

/** Any formula that text can express, every node and coefficient in it; its numbers are finite and otherwise any. */
export const expressible: fc.Arbitrary<Any> = formula

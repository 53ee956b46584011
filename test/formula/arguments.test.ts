import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import { Formula } from "polylogit"
import { make } from "../../src/formula/formula.ts"

const a = Formula.row([0, 1], { name: "a" })
const [nan, infinite] = [Number.NaN, Number.POSITIVE_INFINITY]

const message = (formula: Formula.Any) => {
  const result = Formula.check(Formula.add(a, formula))
  if (Result.isSuccess(result)) return undefined
  const { message, part } = result.failure
  expect(message.endsWith(`: ${part}`)).toBe(true)
  return message.slice(0, -2 - part.length)
}
const scaled = (by: Formula.Coefficient | number) => message(Formula.scale(a, by))

test("rows", () => {
  expect(message(Formula.row([0, nan]))).toBe("Cannot use NaN as the logit of token 1: a finite number or -Infinity")
  expect(message(Formula.row([infinite]))).toBe(
    "Cannot use Infinity as the logit of token 0: a finite number or -Infinity"
  )
  expect(message(Formula.row([]))).toBe("Cannot use a row without a possible token")
  expect(message(Formula.row([-infinite, -infinite]))).toBe("Cannot use a row without a possible token")
  expect(message(Formula.row([-infinite, 0]))).toBeUndefined()
})

test("coefficients", () => {
  expect(scaled(nan)).toBe("Cannot use NaN as a coefficient: a finite number")
  expect(scaled(-infinite)).toBe("Cannot use -Infinity as a coefficient: a finite number")
  expect(scaled(Formula.linear(1, infinite, 3))).toBe("Cannot use a schedule whose ends are not finite numbers")
  expect(scaled(Formula.linear(nan, 1, 3))).toBe("Cannot use a schedule whose ends are not finite numbers")
  for (const steps of [0, 1.5, -1, 10_001, nan]) {
    expect(scaled(Formula.linear(1, 2, steps))).toBe(`Cannot use ${steps} steps: a whole number from 1 to 10000`)
  }
  expect(scaled(Formula.linear(1, 2, 10_000))).toBeUndefined()
  expect(scaled(Formula.tokenWeights([]))).toBe("Cannot use an empty row of token weights")
  for (const bad of [-1, nan, infinite]) {
    expect(scaled(Formula.tokenWeights([0, bad]))).toBe(
      `Cannot use ${bad} as the weight of token 1: a finite number >= 0`
    )
  }
})

test("steps", () => {
  const notFinite = "Cannot use a schedule whose values are not finite numbers"
  expect(scaled(Formula.steps(nan, []))).toBe(notFinite)
  expect(scaled(Formula.steps(1, [[1, infinite]]))).toBe(notFinite)
  const falling = "Cannot change at positions that do not rise, in whole numbers from 1 to 10000"
  for (const at of [[0], [-1], [1.5], [2, 2], [3, 1], [10_001]]) {
    expect(
      scaled(
        Formula.steps(
          1,
          at.map((position) => [position, 1])
        )
      )
    ).toBe(falling)
  }
  expect(
    scaled(
      Formula.steps(1, [
        [1, 2],
        [2, 3],
        [10_000, 4]
      ])
    )
  ).toBeUndefined()
  expect(scaled(Formula.steps(1, []))).toBeUndefined()
})

test("masks", () => {
  for (const k of [-1, 1.5, nan, infinite]) {
    const told = `Cannot use ${k} as topK: a whole number >= 0, where 0 keeps all`
    expect(message(Formula.topK(a, k))).toBe(told)
    expect(message(Formula.truncate(a, k))).toBe(told)
  }
  for (const p of [0, -0.1, 1.1, nan]) {
    expect(message(Formula.topP(a, p))).toBe(`Cannot use ${p} as topP: a number in (0, 1]`)
    expect(message(Formula.truncate(a, 1, p))).toBe(`Cannot use ${p} as topP: a number in (0, 1]`)
  }
  for (const p of [-0.1, 1.1, nan]) {
    expect(message(Formula.minP(a, p))).toBe(`Cannot use ${p} as minP: a number in [0, 1]`)
    expect(message(Formula.plausible(a, p))).toBe(`Cannot use ${p} as plausibility: a number in [0, 1]`)
  }
  for (const t of [0, -1, infinite, nan]) {
    expect(message(Formula.truncate(a, 1, 1, t))).toBe(`Cannot use ${t} as the temperature of a mask: a number > 0`)
  }
  for (const fine of [Formula.topK(a, 0), Formula.topP(a, 1), Formula.minP(a, 0), Formula.plausible(a, 1)]) {
    expect(message(fine)).toBeUndefined()
  }
})

test("selfDebias", () => {
  expect(message(Formula.selfDebias(a, a, nan))).toBe("Cannot use NaN as a strength: a finite number")
  expect(message(Formula.selfDebias(a, a, infinite))).toBe("Cannot use Infinity as a strength: a finite number")
  expect(message(Formula.selfDebias(a, a, -2))).toBeUndefined()
})

test("what constructors cannot build is refused as well", () => {
  const few = "Cannot combine fewer than two operands"
  expect(message(make({ _tag: "Union", operands: [a] }))).toBe(few)
  expect(message(make({ _tag: "Intersection", operands: [] }))).toBe(few)
  expect(message(Formula.normalize(make({ _tag: "Sum", terms: [] })))).toBe("Cannot sum no terms")
  expect(message(Formula.scores(Formula.normalize(a)))).toBe(
    "Cannot take raw scores of anything but a model, a stream or a row"
  )
  expect(message(Formula.scores(Formula.model("m")))).toBeUndefined()
})

test("a wrong number inside an indicator is found", () => {
  expect(scaled(Formula.indicator(Formula.scale(a, nan)))).toBe("Cannot use NaN as a coefficient: a finite number")
})

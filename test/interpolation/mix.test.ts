import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { Interpolation, type LanguageModel } from "polylogit"

const variant = (settings: Interpolation.MixSettings, options: Interpolation.MixOptions = {}) =>
  Interpolation.variant(Interpolation.mix(settings, options))
const of = (...args: Parameters<typeof variant>) => Result.getOrThrow(variant(...args))
const messageOf = (mix: Interpolation.Mix) => {
  const error = Result.getOrThrow(Result.flip(Interpolation.variant(mix)))
  expect(error).toBeInstanceOf(Interpolation.MixError)
  return error.message
}
const refusal = (...[settings, options]: Parameters<typeof variant>) => messageOf(Interpolation.mix(settings, options))

describe("what adapters are multiplied by", () => {
  const table: ReadonlyArray<readonly [...Parameters<typeof variant>, LanguageModel.Variant]> = [
    [
      { mood: 0.75 },
      {},
      [
        ["mood+", 0.75],
        ["mood-", 0.25]
      ]
    ],
    [{ mood: 1 }, {}, [["mood+", 1]]],
    [{ mood: 0 }, {}, [["mood-", 1]]],
    // beyond the anchors
    [
      { mood: 1.5 },
      {},
      [
        ["mood+", 1.5],
        ["mood-", -0.5]
      ]
    ],
    [
      { mood: -1 },
      {},
      [
        ["mood+", -1],
        ["mood-", 2]
      ]
    ],
    // lambda alpha and lambda (1 - alpha), in the order of adapters' names
    [
      { mood: { alpha: 0.5, lambda: 0.75 }, age: { alpha: 1, lambda: 0.25 } },
      {},
      [
        ["age+", 0.25],
        ["mood+", 0.375],
        ["mood-", 0.375]
      ]
    ],
    // what is not given is shared: 1/2 each, then the 0.75 that is left by c
    [
      { a: 1, b: 1 },
      {},
      [
        ["a+", 0.5],
        ["b+", 0.5]
      ]
    ],
    [
      { a: 1, b: 1, c: { alpha: 1, lambda: 0.25 } },
      {},
      [
        ["a+", 0.375],
        ["b+", 0.375],
        ["c+", 0.25]
      ]
    ],
    // any sum: nothing is left for b
    [{ a: { alpha: 1, lambda: 1.5 }, b: 1 }, { lambdaSum: "any" }, [["a+", 1.5]]],
    [{ a: { alpha: 1, lambda: 0 } }, { lambdaSum: "any" }, []],
    // 0.1 + 0.2 + 0.7 leaves 1.1e-16 of 1, which is nothing
    [
      { a: { alpha: 1, lambda: 0.1 }, b: { alpha: 1, lambda: 0.2 }, c: { alpha: 1, lambda: 0.7 }, d: 1 },
      {},
      [
        ["a+", 0.1],
        ["b+", 0.2],
        ["c+", 0.7]
      ]
    ],
    // other names; an anchor of two attributes is added up
    [
      { a: { alpha: 0.5, positive: "x", negative: "y" }, b: { alpha: 0.5, positive: "z", negative: "y" } },
      {},
      [
        ["x", 0.25],
        ["y", 0.5],
        ["z", 0.25]
      ]
    ]
  ]
  test.each(table)("%j %j", (settings, options, wanted) => expect(of(settings, options)).toEqual(wanted))

  const lambda = fc.integer({ min: -8, max: 8 }).map((n) => n / 4)
  const names = ["mood", "age", "style"]
  const attributes = fc.array(fc.tuple(lambda, lambda), { minLength: 1, maxLength: 3 })
  const coefficientOf = (all: LanguageModel.Variant, adapter: string) =>
    all.find(([name]) => name === adapter)?.[1] ?? 0

  test("linear in alpha, and their sum is that of the lambdas (property)", () =>
    fc.assert(
      fc.property(attributes, lambda, (pairs, by) => {
        const at = (shift: number) =>
          of(Object.fromEntries(pairs.map(([alpha, lambda], i) => [names[i]!, { alpha: alpha + shift, lambda }])), {
            lambdaSum: "any"
          })
        const [here, one, far] = [at(0), at(1), at(by)]
        const sum = (all: LanguageModel.Variant) => all.reduce((total, [, coefficient]) => total + coefficient, 0)
        expect(sum(far)).toBeCloseTo(
          pairs.reduce((total, [, lambda]) => total + lambda, 0),
          12
        )
        for (const adapter of names.flatMap((name) => [`${name}+`, `${name}-`])) {
          const [x, y, z] = [here, one, far].map((all) => coefficientOf(all, adapter)) as [number, number, number]
          expect(z).toBeCloseTo(x + by * (y - x), 12)
        }
      })
    ))

  test("by the formula of the paper (property)", () =>
    fc.assert(
      fc.property(attributes, (pairs) => {
        const all = of(Object.fromEntries(pairs.map(([alpha, lambda], i) => [names[i]!, { alpha, lambda }])), {
          lambdaSum: "any"
        })
        for (const [i, [alpha, lambda]] of pairs.entries()) {
          expect(coefficientOf(all, `${names[i]}+`)).toBeCloseTo(lambda * alpha, 12)
          expect(coefficientOf(all, `${names[i]}-`)).toBeCloseTo(lambda * (1 - alpha), 12)
        }
        expect(all.every(([, coefficient]) => coefficient !== 0)).toBe(true)
        expect(all.map(([name]) => name)).toEqual(all.map(([name]) => name).toSorted())
      })
    ))
})

describe("what is no mix", () => {
  test("lambdas that do not sum to 1: the sum is told", () => {
    const two = (a: number, b: number) => ({ x: { alpha: 1, lambda: a }, y: { alpha: 1, lambda: b } })
    expect(refusal(two(0.7, 0.4))).toBe(
      'Cannot mix attributes whose lambdas do not sum to 1: they sum to 1.1, which lambdaSum: "any" allows'
    )
    expect(refusal({ ...two(0.7, 0.4), z: 1 })).toContain("they sum to 1.1,")
    expect(refusal({ x: { alpha: 1, lambda: 0.999999 } })).toContain("they sum to 0.999999,")
    expect(Result.isSuccess(variant(two(0.7, 0.4), { lambdaSum: "any" }))).toBe(true)
    // 0.1 + 0.2 + 0.7 is not 1 to the last bit
    expect(Result.isSuccess(variant({ ...two(0.1, 0.2), z: { alpha: 1, lambda: 0.7 } }))).toBe(true)
  })
  test("numbers that are none", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(refusal({ x: 0, mood: bad })).toBe(`Cannot use ${bad} as the alpha of mood: a finite number`)
      expect(refusal({ mood: { alpha: 0, lambda: bad } }, { lambdaSum: "any" })).toBe(
        `Cannot use ${bad} as the lambda of mood: a finite number`
      )
    }
    expect(refusal({ mood: { alpha: 1e200, lambda: 1e200 } }, { lambdaSum: "any" })).toBe(
      "Cannot use Infinity as the coefficient of the adapter mood+: a finite number"
    )
  })
  test("no attribute, or one twice", () => {
    expect(refusal({})).toBe("Cannot interpolate weights by no attribute")
    expect(refusal({}, { lambdaSum: "any" })).toBe("Cannot interpolate weights by no attribute")
    const { attributes } = Interpolation.mix({ a: 1, b: 0 })
    expect(messageOf({ attributes: [...attributes, attributes[0]!], lambdaSum: "any" })).toBe(
      "Cannot give the attribute a twice"
    )
  })
})

test("override changes the alphas and lambdas that are given, and adds nothing", () => {
  const mix = Interpolation.mix({ a: { alpha: 1, lambda: 0.25, positive: "x" }, b: 0 })
  const changed = Interpolation.override(mix, { a: { alpha: 2 }, b: { lambda: 0.5 }, toString: { alpha: 9 } })
  expect(changed).toEqual(
    Interpolation.mix({ a: { alpha: 2, lambda: 0.25, positive: "x" }, b: { alpha: 0, lambda: 0.5 } })
  )
  expect(Interpolation.override(mix, {})).toEqual(mix)
})

describe("the simplex", () => {
  test("of three attributes in halves", () => {
    expect([...Interpolation.simplex(3, 0.5)]).toEqual([
      [1, 0, 0],
      [0.5, 0.5, 0],
      [0.5, 0, 0.5],
      [0, 1, 0],
      [0, 0.5, 0.5],
      [0, 0, 1]
    ])
    expect([...Interpolation.simplex(1, 0.1)]).toEqual([[1]])
    expect([...Interpolation.simplex(2, 1)]).toEqual([
      [1, 0],
      [0, 1]
    ])
  })
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)
  test("every point once: binomial(n + m - 1, m - 1) of them, each a valid mix (property)", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 }), (count, steps) => {
        const all = [...Interpolation.simplex(count, 1 / steps)]
        expect(new Set(all.map((point) => point.join())).size).toBe(all.length)
        expect(all.length).toBe(Math.round(choose(steps + count - 1, count - 1)))
        for (const point of all) {
          expect(point.length).toBe(count)
          expect(point.every((x) => x >= 0 && Math.abs(x * steps - Math.round(x * steps)) < 1e-12)).toBe(true)
          const mix = Interpolation.mix(Object.fromEntries(point.map((lambda, i) => [`a${i}`, { alpha: 1, lambda }])))
          expect(Result.isSuccess(Interpolation.variant(mix))).toBe(true)
        }
      })
    ))
  test("a fine one is not computed before it is read", () => {
    const [first, second] = Interpolation.simplex(20, 0.001)
    expect([first![0], second![0]]).toEqual([1, 0.999])
  })
  test("no whole number of attributes or steps", () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      expect(() => Interpolation.simplex(count, 0.5)).toThrow(
        new RangeError(`Cannot share 1 among ${count} attributes: a whole number above 0`)
      )
    }
    for (const step of [0, 0.3, -0.5, 2, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => Interpolation.simplex(2, step)).toThrow(
        new RangeError(`Cannot share 1 in steps of ${step}: it has to be a whole number of them`)
      )
    }
  })
})

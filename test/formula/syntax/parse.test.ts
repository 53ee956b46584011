import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import { indicator, linear, steps, tokenWeights } from "../../../src/formula/coefficient.ts"
import type { Any } from "../../../src/formula/formula.ts"
import { equals } from "../../../src/formula/identity.ts"
import { model, prompt, row, scores, uniform } from "../../../src/formula/leaves.ts"
import * as Operators from "../../../src/formula/operators.ts"
import { parse, parseUnsafe } from "../../../src/formula/syntax/parse.ts"
import { print } from "../../../src/formula/syntax/print.ts"
import { names } from "../../support/formulas.ts"

const { add, intersection, minP, normalize, plausible, scale, selfDebias, subtract, supersede } = Operators
const { topK, topP, truncate, union } = Operators
const [child, adult, magic] = [names.child!, names.adult!, names.magic!]
const fade = linear(1, 0, 20)

const texts: ReadonlyArray<readonly [string, Any]> = [
  ["child", child],
  ["süß_2", names.süß_2!],
  ["(((child)))", child],
  ["a = child a", child],
  // Sums are left associative, and flat as `add` makes them.
  ["child + adult - magic", subtract(add(child, adult), magic)],
  ["child - adult + magic", add(subtract(child, adult), magic)],
  ["child + (adult + magic)", add(child, add(adult, magic))],
  ["(child + adult) + (adult + magic)", add(add(child, adult), add(adult, magic))],
  ["child - (adult + magic)", subtract(child, add(adult, magic))],
  ["child - -(adult + magic)", add(child, add(adult, magic))],
  ["child - 0.6*adult", add(child, scale(adult, -0.6))],
  // Products bind tighter, signs tighter still.
  ["2*child + adult", add(scale(child, 2), adult)],
  ["2*(child + adult)", scale(add(child, adult), 2)],
  ["child*2", scale(child, 2)],
  ["2*3*child*0.5", scale(child, 3)],
  ["2*(0.5*child)", child],
  ["2 * -3 * child", scale(child, -6)],
  ["-child", scale(child, -1)],
  ["- -child", child],
  ["+child", child],
  ["-+-+-child", scale(child, -1)],
  ["-(child + adult)", scale(add(child, adult), -1)],
  ["2 - child", subtract(scale(uniform(), 2), child)],
  [
    ".5*child + 1e-3*adult + 1E+2*magic + 2.*child",
    Operators.add(Operators.add(add(scale(child, 0.5), scale(adult, 1e-3)), scale(magic, 100)), scale(child, 2))
  ],
  // Numbers are that much of uniform(); at the front they are added up.
  ["child + 1", add(child, uniform())],
  ["child - 2", add(child, scale(uniform(), -2))],
  ["child + 1 + 2", add(add(child, 1), 2)],
  ["1 + 2 + child", add(scale(uniform(), 3), child)],
  ["1 - 2 + child", add(scale(uniform(), -1), child)],
  ["union(child, -6)", union(child, -6)],
  ["supersede(1, child)", supersede(uniform(), child)],
  ["(1 + 2) * child", scale(child, 3)],
  ["2 * (1 + child)", scale(add(uniform(), child), 2)],
  // Coefficients.
  ["linear(1, 0, 20)*child", scale(child, fade)],
  ["child*linear(1, 0, 20)", scale(child, fade)],
  ["2*linear(1, 0, 20)*child", scale(scale(child, fade), 2)],
  ["linear(1, 0, 20)*2*child", scale(scale(child, 2), fade)],
  ["2*child*linear(1, 0, 20)", scale(scale(child, 2), fade)],
  ["-linear(1, 0, 20)*child", scale(scale(child, fade), -1)],
  ["child*(2*linear(1, 0, 20))", scale(scale(child, fade), 2)],
  ["adult - linear(1, 0, 20)*child", subtract(adult, scale(child, fade))],
  [
    "fade = linear(1, 0, 20) twice = 2*fade twice*child + fade*adult",
    add(scale(scale(child, fade), 2), scale(adult, fade))
  ],
  [
    "steps(1, 10: 0.5, 20: -0.5)*child",
    scale(
      child,
      steps(1, [
        [10, 0.5],
        [20, -0.5]
      ])
    )
  ],
  ["steps(1)*child", scale(child, steps(1, []))],
  ["weights([0, 1, 2])*child", scale(child, tokenWeights([0, 1, 2]))],
  ["indicator(child - adult)*child", scale(child, indicator(subtract(child, adult)))],
  // Words.
  ["model()", model()],
  ['model("big")', model("big")],
  ["prompt('it\\'s \"x\"')", prompt('it\'s "x"')],
  ['prompt("\\u00e9\\n\\t\\\\\\/\\b\\f\\r\\"")', prompt('é\n\t\\/\b\f\r"')],
  ['prompt("a", model: "b")', prompt("a", { model: "b" })],
  ['prompt("a", template: "plain", model: "b")', prompt("a", { model: "b", template: "plain" })],
  ['prompt("a", template: "auto")', prompt("a")],
  ['prompt("# no comment")', prompt("# no comment")],
  ["uniform()", uniform()],
  ["row([])", row([])],
  [
    "row([0, -1.5, -inf, -Infinity, 2*-3, 1 - inf])",
    row([0, -1.5, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, -6, Number.NEGATIVE_INFINITY])
  ],
  ["scores(child)", scores(child)],
  ["union(child, adult, magic)", union(child, adult, magic)],
  ["intersection(child, adult)", intersection(child, adult)],
  ["intersection(child, adult, magic)", intersection(child, adult, magic)],
  ["supersede(child, adult)", supersede(child, adult)],
  ["selfDebias(child, adult, 10)", selfDebias(child, adult, 10)],
  ["topK(child, 5*2)", topK(child, 10)],
  ["topP(child, .9)", topP(child, 0.9)],
  ["minP(child, 0.1)", minP(child, 0.1)],
  ["plausible(child, 0.1)", plausible(child, 0.1)],
  ["truncate(child, 30)", truncate(child, 30)],
  ["truncate(child, 30, 0.95)", truncate(child, 30, 0.95)],
  ["truncate(child, 30, 0.95, 0.8)", truncate(child, 30, 0.95, 0.8)],
  ["normalize(child)", normalize(child)],
  // Definitions, comments and white space.
  ["# what for\na = child # one\r\n\tb=a+adult\n\n2 * b # end", scale(add(child, adult), 2)],
  ["a = child\n(a - adult)", subtract(child, adult)],
  ["k = 2 + 3\nx = 2*k\ntopK(child, x)", topK(child, 10)],
  ["\ufeffchild\u00a0+\u2028adult", add(child, adult)]
]

test.each(texts)("%s", (text, formula) => {
  const parsed = parseUnsafe(text, { names })
  expect([print(parsed), equals(parsed, formula)]).toEqual([print(formula), true])
})

test("a definition is one object wherever it is used", () => {
  const formula = parseUnsafe('a = prompt("x") union(a, a)') as Any & { readonly operands: ReadonlyArray<Any> }
  expect(formula.operands[0]).toBe(formula.operands[1]!)
})

test("names are what was given, and nothing that objects inherit", () => {
  for (const name of ["toString", "constructor", "__proto__", "hasOwnProperty"]) {
    const result = parse(name, { names })
    expect(Result.isFailure(result) && result.failure.reason).toStartWith(`unknown name "${name}"`)
    expect(print(parseUnsafe(`${name} = model() ${name}`, { names }))).toBe("model()")
  }
})

test("parseUnsafe throws the error of parse", () => {
  expect(() => parseUnsafe("chld", { names })).toThrow('unknown name "chld" (did you mean "child"?)')
})

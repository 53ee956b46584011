import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import { parse } from "../../../src/formula/syntax/parse.ts"
import { names } from "../../support/formulas.ts"

const errorOf = (text: string) => Result.getOrThrow(Result.flip(parse(text, { names })))

const usage = "interpolate(model(), sentiment: 0.8, formality: 0.3 @ 0.5)"
const anAlpha = "a finite alpha, such as 0.8 or, with its lambda, 0.8 @ 0.5"

/** A text with `‸` before the place, and the reason. */
const refused: ReadonlyArray<readonly [string, string]> = [
  // The end of the text.
  ["‸", "unexpected end of the text: expected a formula or a number"],
  ["‸ # nothing\n", "unexpected end of the text: expected a formula or a number"],
  ["child +‸ ", "unexpected end of the text: expected a formula or a number"],
  ["child *‸\n\n", "unexpected end of the text: expected a formula or a number"],
  ["-‸", "unexpected end of the text: expected a formula or a number"],
  ["a =‸", "unexpected end of the text: expected a formula or a number"],
  ["a = child‸\n", "unexpected end of the text: expected a formula after the definition of a"],
  ["a = child\nb = a - child‸", "unexpected end of the text: expected a formula after the definition of b"],
  // What is not closed.
  ["child + ‸(adult", 'unclosed "(": expected ")" before the end of the text'],
  ["(child + ‸(adult", 'unclosed "(": expected ")" before the end of the text'],
  ["union‸(child, ", 'unclosed "(": expected ")" before the end of the text'],
  ["union‸(child, adult", 'unclosed "(": expected ")" before the end of the text'],
  ["row(‸[1, 2", 'unclosed "[": expected "]" before the end of the text'],
  ['prompt(‸"abc', 'unclosed string: expected " before the end of the line'],
  ["prompt(‸'abc\")\n')", "unclosed string: expected ' before the end of the line"],
  ['prompt(‸"abc\\\n")', 'unclosed string: expected " before the end of the line'],
  ['prompt(‸"abc\\', 'unclosed string: expected " before the end of the line'],
  ["(child‸]", 'unexpected "]": expected an operator or ")"'],
  ["child‸)", 'unexpected ")": expected an operator or the end of the text'],
  ["a = child‸) a", 'unexpected ")": expected a formula or a number'],
  // What does not belong there.
  ["child ‸$ adult", 'unexpected character "$"'],
  ["child ‸😀", 'unexpected character "😀"'],
  ["child ‸\u0000", 'unexpected character "\\u0000"'],
  ["child ‸adult", 'unexpected "adult": expected an operator or the end of the text'],
  ["child ‸(adult)", 'unexpected "(": expected an operator or the end of the text'],
  ["child ‸2", 'unexpected "2": expected an operator or the end of the text'],
  ["‸child = adult", '"child" is defined already'],
  ["2 ‸= adult", 'unexpected "=": expected an operator or the end of the text'],
  ["child ‸a = adult", 'unexpected "a": expected an operator or the end of the text'],
  ["child + ‸* adult", 'unexpected "*": expected a formula or a number'],
  ["‸, child", 'unexpected ",": expected a formula or a number'],
  ["child‸: 2", 'unexpected ":": expected an operator or the end of the text'],
  ["(child‸, adult)", 'unexpected ",": expected an operator or ")"'],
  ["(‸)", 'unexpected ")": expected a formula or a number'],
  ["union(child,‸)", 'unexpected ")": expected an argument'],
  ["union(‸, child)", 'unexpected ",": expected an argument'],
  ["row([1,‸])", 'unexpected "]": expected an argument'],
  ["row([1‸: 2])", 'unexpected ":": expected "," or "]"'],
  ["row([1 ‸2])", 'unexpected "2": expected "," or "]"'],
  ["topK(child ‸2)", 'unexpected "2": expected an operator, "," or ")"'],
  ["steps(1, 2: ‸)", 'unexpected ")": expected an argument'],
  ["steps(1: ‸)", 'unexpected ")": expected an argument'],
  ["steps(1, 2: 3‸: 4)", 'unexpected ":": expected an operator, "," or ")"'],
  ["prompt(model: ‸)", 'unexpected ")": expected an argument'],
  ["child ‸/ 2", "there is no division: multiply by 1/n as a decimal instead"],
  ["(child ‸/ 2)", "there is no division: multiply by 1/n as a decimal instead"],
  // Names.
  ["‸chld", 'unknown name "chld" (did you mean "child"?)'],
  ["child + ‸Child", 'unknown name "Child" (did you mean "child"?)'],
  ["‸hcild", 'unknown name "hcild" (did you mean "child"?)'],
  ["‸aduults", 'unknown name "aduults" (did you mean "adult"?)'],
  ["‸hcilds", 'unknown name "hcilds" (did you mean "child"?)'],
  ["‸sat", 'unknown name "sat" (did you mean "sad"?)'],
  ["‸set", 'unknown name "set"'],
  ["‸xyz", 'unknown name "xyz"'],
  ["‸q", 'unknown name "q"'],
  ["‸unon(child, adult)", 'unknown word "unon" (did you mean "union"?)'],
  ["‸topk(child, 1)", 'unknown word "topk" (did you mean "topK"?)'],
  ["child + classifier(‸tone, child, 50)", 'unknown name "tone" (did you mean "topK"?)'],
  ["mine = child ‸mime", 'unknown name "mime" (did you mean "mine"?)'],
  ["a = ‸a a", 'unknown name "a"'],
  [`‸${"x".repeat(50)}`, `unknown name "${"x".repeat(39)}…"`],
  ["‸uniform", "uniform is a word of the language: expected uniform()"],
  ["child - ‸union", "union is a word of the language: expected union(a, b, …)"],
  ["‸union = child", "union is a word of the language and cannot be defined"],
  ["‸inf = child", "inf is a word of the language and cannot be defined"],
  ["a = child ‸a = adult a", '"a" is defined already'],
  ["‸child = adult child", '"child" is defined already'],
  // Terms and products.
  ["‸2", "a formula needs a model: there is only the number 2"],
  ["‸1 + 2 * 3", "a formula needs a model: there is only the number 7"],
  ["x = 2 ‸x", "a formula needs a model: there is only the number 2"],
  ['child + ‸"magic"', 'a string is no term: write prompt("magic")'],
  ['‸"magic"', 'a string is no term: write prompt("magic")'],
  ['a = ‸"magic" a', 'a string is no term: write prompt("magic")'],
  ['2 * ‸"magic"', 'a string is no term: write prompt("magic")'],
  ["union(child, ‸'magic')", 'a string is no term: write prompt("magic")'],
  [`‸"${"x".repeat(50)}"`, `a string is no term: write prompt("${"x".repeat(39)}…")`],
  ["child ‸* adult", "a product needs a number or a coefficient on one side"],
  ["2 * child ‸* (3 * adult)", "a product needs a number or a coefficient on one side"],
  ["union(child, 2 * adult ‸* -child)", "a product needs a number or a coefficient on one side"],
  ["‸linear(1, 0, 20)", "a coefficient is no term: multiply a formula by it"],
  ["child + ‸linear(1, 0, 20)", "a coefficient is no term: multiply a formula by it"],
  ["child + ‸2 * linear(1, 0, 20)", "a coefficient is no term: multiply a formula by it"],
  ["union(‸linear(1, 0, 20), child)", "a coefficient is no term: multiply a formula by it"],
  ["‸[1, 2]", "expected a formula, got the list [1, 2]"],
  ["child + ‸[1]", "expected a formula, got the list [1]"],
  // Arguments.
  ["‸union(child)", "expected union(a, b, …), got 1 argument"],
  ["‸intersection()", "expected intersection(a, b, …), got 0 arguments"],
  ["‸topK(child)", "expected topK(f, k), got 1 argument"],
  ["‸topK(child, 1, 2)", "expected topK(f, k), got 3 arguments"],
  ["‸truncate(child, 1, 1, 1, 1)", "expected truncate(f, k, p, temperature), got 5 arguments"],
  ["‸uniform(1)", "expected uniform(), got 1 argument"],
  ["‸prompt()", 'expected prompt("text", model: "name", template: "chat"), got 0 arguments'],
  ["topK(child, ‸adult)", "argument 2 of topK(f, k) must be a finite number, got a formula"],
  ["topK(child, ‸adult + magic)", "argument 2 of topK(f, k) must be a finite number, got a formula"],
  ["topK(child, ‸'ten')", 'argument 2 of topK(f, k) must be a finite number, got the string "ten"'],
  ["topK(child, ‸2: 3)", "argument 2 of topK(f, k) must be a finite number, got a position with its value"],
  ["topK(child, ‸inf)", "argument 2 of topK(f, k) must be a finite number, got the number Infinity"],
  ["topK(child, ‸1e200*1e200)", "argument 2 of topK(f, k) must be a finite number, got the number Infinity"],
  ["model(‸child)", 'argument 1 of model("name") must be a string, got a formula'],
  ["model(‸2)", 'argument 1 of model("name") must be a string, got the number 2'],
  [
    "linear(1, ‸indicator(child), 2)*child",
    "argument 2 of linear(from, to, steps) must be a finite number, got a coefficient"
  ],
  ["row(‸1)", "argument 1 of row([0, -1.5, -inf]) must be a list of finite numbers and -inf, got the number 1"],
  [
    "row(‸[0, inf])",
    "argument 1 of row([0, -1.5, -inf]) must be a list of finite numbers and -inf, got the list [0, Infinity]"
  ],
  [
    "row(‸[inf - inf])",
    "argument 1 of row([0, -1.5, -inf]) must be a list of finite numbers and -inf, got the list [NaN]"
  ],
  ["row([1, ‸child])", "an element of a list must be a number, got a formula"],
  ["row([‸[1]])", "an element of a list must be a number, got the list [1]"],
  [
    "weights(‸[-inf])*child",
    "argument 1 of weights([0, 1, 2]) must be a list of finite numbers, got the list [-Infinity]"
  ],
  [
    "steps(1, ‸2)*child",
    "argument 2 of steps(1, 10: 0.5, 20: 0) must be a position with its value, such as 10: 0.5, got the number 2"
  ],
  ["steps(1, (‸child): 2)*child", "a position must be a number, got a formula"],
  ["steps(1, 2: ‸child)*child", "the value of a change must be a number, got a formula"],
  ["steps(1, ‸inf: 2)*child", "expected steps(1, 10: 0.5, 20: 0), got an argument named inf"],
  ["steps(1, ‸2: inf)*child", "a position and its value must be finite numbers"],
  // Interpolated weights.
  [
    "interpolate(‸child, mood: 1)",
    `argument 1 of ${usage} must be a model() or a prompt() that is not interpolated yet, got a formula`
  ],
  [
    "interpolate(‸interpolate(model(), mood: 1), mood: 1)",
    `argument 1 of ${usage} must be a model() or a prompt() that is not interpolated yet, got a formula`
  ],
  ["‸interpolate(model(), 0.8)", `expected ${usage}, got 2 arguments`],
  ["‸interpolate(mood: 1)", `expected ${usage}, got 0 arguments`],
  ["interpolate(model(), mood: 1, ‸mood: 2)", "the argument mood is given twice"],
  ["interpolate(model(), mood: ‸child)", `mood of ${usage} must be ${anAlpha}, got a formula`],
  ["interpolate(model(), mood: ‸'happy')", `mood of ${usage} must be ${anAlpha}, got the string "happy"`],
  ["interpolate(model(), mood: ‸inf)", `mood of ${usage} must be ${anAlpha}, got the number Infinity`],
  [
    "interpolate(model(), mood: ‸linear(0, 1, 20))",
    "an alpha is one number for the whole text: weights do not change from token to token"
  ],
  [
    "interpolate(model(), mood: ‸steps(0, 9: 1) @ 0.5)",
    "an alpha is one number for the whole text: weights do not change from token to token"
  ],
  ["interpolate(model(), mood: 1 @ ‸inf)", "a lambda must be a finite number"],
  ["interpolate(model(), mood: 1 @ ‸child)", "a lambda must be a number, got a formula"],
  ["interpolate(model(), mood: ‸child @ 1)", "a finite alpha stands before @, got a formula"],
  ["interpolate(model(), mood: 1 @ 2 ‸@ 3)", 'unexpected "@": expected an operator, "," or ")"'],
  ["interpolate(model(), mood: 1 @ ‸)", 'unexpected ")": expected an argument'],
  ["interpolate(model(), mood: ‸anchors(1 @ 2) @ 3)", "the lambda is given twice"],
  ["interpolate(model(), mood: 1, lambdaSum: ‸2)", `lambdaSum of ${usage} must be "one" or "any", got the number 2`],
  ["‸anchors(1)", "expected a formula, got an alpha with its anchors"],
  ["2 * ‸anchors(1 @ 2)", "expected a formula, got an alpha with its lambda"],
  ["topK(child, ‸3 @ 4)", "argument 2 of topK(f, k) must be a finite number, got an alpha with its lambda"],
  ["child ‸@ 2", 'unexpected "@": expected an operator or the end of the text'],
  [
    "prompt('a', ‸modl: 'x')",
    'expected prompt("text", model: "name", template: "chat"), got an argument named modl (did you mean "model"?)'
  ],
  ["‸topK(child, k: 2)", "expected topK(f, k), got 1 argument"],
  ["model('a', ‸name: 'b')", 'expected model("name"), got an argument named name'],
  [
    "prompt('a', ‸toString: 'b')",
    'expected prompt("text", model: "name", template: "chat"), got an argument named toString'
  ],
  ["prompt('a', model: 'x', ‸model: 'y')", "the argument model is given twice"],
  [
    "prompt('a', model: ‸2)",
    'model of prompt("text", model: "name", template: "chat") must be a string, got the number 2'
  ],
  [
    "prompt('a', template: ‸'Chat')",
    'template of prompt("text", model: "name", template: "chat") must be "auto", "chat" or "plain", got the string "Chat"'
  ],
  // Numbers and strings.
  ["‸1e999 * child", "1e999 is not finite: it is too large for a number"],
  ["‸inf * child", "expected a finite number, got Infinity"],
  ["child + ‸inf", "expected a finite number, got Infinity"],
  ["‸0 * inf * child", "expected a finite number, got NaN"],
  ["‸1e200 * (1e200 * child)", "expected a finite number, got Infinity"],
  ["1e200 * child * ‸1e200", "expected a finite number, got Infinity"],
  ["2‸child", 'a number cannot go on with "child": a product is written with *'],
  ["1‸e", 'a number cannot go on with "e": a product is written with *'],
  ["prompt('a‸\\q')", 'unknown escape in a string: expected one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX'],
  ["prompt('a‸\\u12')", 'unknown escape in a string: expected one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX']
]

test.each(refused)("%s", (marked, reason) => {
  const offset = marked.indexOf("‸")
  const error = errorOf(marked.replace("‸", ""))
  expect([error.reason, error.offset]).toEqual([reason, offset])
  const before = marked.slice(0, offset).split(/\r\n|\n/)
  expect([error.line, error.column]).toEqual([before.length, before.at(-1)!.length + 1])
  expect(error._tag).toBe("FormulaSyntaxError")
})

test("the message has the reason, the place, the line and a caret", () => {
  expect(errorOf("chld - 0.6 * adult").message).toBe(
    'unknown name "chld" (did you mean "child"?)\nline 1, column 1\nchld - 0.6 * adult\n^'
  )
  expect(errorOf("a = child\r\n  a - 0.6 * adlt # why\nmore").message).toBe(
    'unknown name "adlt" (did you mean "adult"?)\nline 2, column 13\n  a - 0.6 * adlt # why\n            ^'
  )
  expect(errorOf("child +\n").message).toBe(
    "unexpected end of the text: expected a formula or a number\nline 1, column 8\nchild +\n       ^"
  )
})

test("the caret stands under the place after tabs, wide characters and combining marks", () => {
  const caret = (text: string) => errorOf(text).message.split("\n").slice(2)
  expect(caret("\tchild\t+ xyz")).toEqual(["\tchild\t+ xyz", "\t     \t  ^"])
  expect(caret("prompt('😀') + xyz")).toEqual(["prompt('😀') + xyz", "              ^"])
  expect(caret("prompt('e\u0301') + xyz")).toEqual(["prompt('e\u0301') + xyz", "              ^"])
  expect(caret("child\u001b")).toEqual(["child\ufffd", "     ^"])
})

test("of a long line only what is around the place is shown", () => {
  const [, place, line, caret] = errorOf(`${"child + ".repeat(1000)}xyz${" + child".repeat(1000)}`).message.split("\n")
  expect(place).toBe("line 1, column 8001")
  expect(line).toBe(`…${"child + ".repeat(9).slice(3)}xyz${" + child".repeat(6).slice(0, 46)}…`)
  expect(caret).toBe(`${" ".repeat(70)}^`)
})

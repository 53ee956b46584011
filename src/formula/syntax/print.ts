import { type Attribute, type Mix, usualAnchors } from "../../interpolation/mix.ts"
import type { Coefficient } from "../coefficient.ts"
import type { Any, ClassifierNode, ModelReference } from "../formula.ts"
import type { MaskRule } from "../mask_rule.ts"
import { isAttributeName } from "./attribute.ts"
import { cut } from "./syntax_error.ts"
import { isFreeName } from "./words.ts"

/**
 * The canonical text of a formula: what text can express, `parse` reads back as an equal formula, given the rows that
 * have names. What only code can express stands in `<…>`, which does not parse.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Formula } from "polylogit"
 *
 * const child = Formula.prompt("You speak to a child.")
 * const formula = Formula.subtract(child, Formula.scale(Formula.add(Formula.model("big"), 1), 0.6))
 * deepEqual(Formula.print(formula), 'prompt("You speak to a child.") - 0.6 * (model("big") + uniform())')
 * ```
 */
export const print = (formula: Any): string => [...pieces(formula, Number.POSITIVE_INFINITY)].join("")

/** The text of a formula for a message: at most `max` units, `…` standing for what is left out. */
export const excerpt = (formula: Any, max = 60): string => {
  let text = ""
  for (const piece of pieces(formula, max)) {
    text += piece
    if (text.length > max) break
  }
  return cut(text, max)
}

/** The text from left to right, written as it is asked for: no recursion, and no more than is read. */
function* pieces(root: Any, most: number): Generator<string> {
  const open = [write(root, most)]
  while (open.length > 0) {
    const { done, value } = open.at(-1)!.next()
    if (done === true) open.pop()
    else if (typeof value === "string") yield value
    else open.push(write(value, most))
  }
}

type Pieces = Generator<string | Any, void>

/** One node; the formulas in it stand for their own text. Strings and lists longer than `most` are cut. */
function* write(node: Any, most: number): Pieces {
  switch (node._tag) {
    case "Model":
      if (node.mix !== undefined) yield "interpolate("
      yield* writeModel(node.model, node.prompt, node.template, most)
      if (node.mix !== undefined) yield* writeMix(node.mix, most)
      return
    case "Stream":
      return yield `stream(<${node.name}>)`
    case "Row":
      if (node.name === undefined) return yield* writeCall("row", [], writeList(node.logits, most))
      return yield isFreeName(node.name) ? node.name : `row(<${node.name}>)`
    case "Uniform":
      return yield "uniform()"
    case "Sum":
      return yield* writeSum(node.terms)
    case "Scale":
      if (node.by._tag === "Number" && node.by.value === -1) yield "-"
      else {
        yield* writeCoefficient(node.by, most)
        yield " * "
      }
      return yield* writeFactor(node.of)
    case "Union":
      return yield* writeCall("union", node.operands)
    case "Intersection":
      return yield* writeCall("intersection", node.operands)
    case "Supersede":
      return yield* writeCall("supersede", [node.draft, node.target])
    case "SelfDebias":
      return yield* writeCall("selfDebias", [node.of, node.against], [number(node.strength)])
    case "Scores":
      return yield* writeCall("scores", [node.of])
    case "Mask":
      return yield* writeCall(node.rule._tag, [node.of], ruleNumbers(node.rule).map(number))
    case "Classifier":
      return yield* writeClassifier(node, most)
    case "Normalize":
      return yield* writeCall("normalize", [node.of])
    case "Map":
      return yield* writeCall("map", [node.of], [`<${node.name}>`])
  }
}

/** Of all nodes only a sum needs parentheses. */
function* writeFactor(node: Any): Pieces {
  if (node._tag !== "Sum") return yield node
  yield "("
  yield node
  yield ")"
}

function* writeSum(terms: ReadonlyArray<Any>): Pieces {
  for (const [i, term] of terms.entries()) {
    const value = i > 0 && term._tag === "Scale" && term.by._tag === "Number" ? term.by.value : 0
    if (i > 0) yield value < 0 ? " - " : " + "
    if (value < 0 && term._tag === "Scale") {
      if (value !== -1) yield `${number(-value)} * `
      yield* writeFactor(term.of)
    } else yield* writeFactor(term)
  }
}

function* writeCall(word: string, formulas: ReadonlyArray<Any>, more: Iterable<string> = []): Pieces {
  yield `${word}(`
  let between = ""
  for (const argument of formulas) {
    yield between
    yield argument
    between = ", "
  }
  for (const argument of more) {
    yield between + argument
    between = ", "
  }
  yield ")"
}

function* writeModel(
  model: ModelReference,
  prompt: string | undefined,
  template: string,
  most: number
): Generator<string, void> {
  const name = typeof model === "object" ? `<${model.name}>` : model === undefined ? undefined : quoted(model, most)
  if (prompt === undefined) return yield `model(${name ?? ""})`
  yield `prompt(${quoted(prompt, most)}`
  if (name !== undefined) yield `, model: ${name}`
  if (template !== "auto") yield `, template: "${template}"`
  yield ")"
}

function* writeMix({ attributes, lambdaSum }: Mix, most: number): Generator<string, void> {
  for (const attribute of attributes) {
    const { lambda, name } = attribute
    yield `, ${isAttributeName(name) ? name : `<${name}>`}: ${anchors(attribute, most)}`
    if (lambda !== undefined) yield ` @ ${number(lambda)}`
  }
  if (lambdaSum !== "one") yield `, lambdaSum: "${lambdaSum}"`
  yield ")"
}

const anchors = ({ alpha, name, negative, positive }: Attribute, most: number): string => {
  const usual = usualAnchors(name)
  const own = [
    ...(positive === usual.positive ? [] : [`, positive: ${quoted(positive, most)}`]),
    ...(negative === usual.negative ? [] : [`, negative: ${quoted(negative, most)}`])
  ]
  return own.length === 0 ? number(alpha) : `anchors(${number(alpha)}${own.join("")})`
}

function* writeClassifier(node: ClassifierNode, most: number): Pieces {
  const { classifier, goal, label, over, template, topK } = node
  yield `classifier(${typeof classifier === "object" ? `<${classifier.name}>` : quoted(classifier, most)}`
  if (over !== undefined) {
    yield ", over: "
    yield over
  }
  if (label !== undefined) yield `, label: ${quoted(label, most)}`
  if (topK !== undefined) yield `, topK: ${number(topK)}`
  if (goal !== "maximize") yield `, goal: "${goal}"`
  if (template !== undefined) yield `, template: ${quoted(template, most)}`
  yield ")"
}

function* writeCoefficient(by: Coefficient, most: number): Pieces {
  switch (by._tag) {
    case "Number":
      return yield number(by.value)
    case "Linear":
      return yield* writeCall("linear", [], [by.from, by.to, by.steps].map(number))
    case "Steps": {
      const changes = by.changes.map(([at, value]) => `${number(at)}: ${number(value)}`)
      return yield* writeCall("steps", [], [number(by.first), ...changes])
    }
    case "TokenWeights":
      return yield* writeCall("weights", [], writeList(by.weights, most))
    case "Indicator":
      return yield* writeCall("indicator", [by.of])
  }
}

/** A list in an excerpt has few numbers: no reader counts them. */
function* writeList(values: ReadonlyArray<number>, most: number): Generator<string> {
  const shown = Math.min(values.length, Number.isFinite(most) ? 4 : values.length)
  const list = values.slice(0, shown).map(number)
  yield `[${(shown < values.length ? [...list, "…"] : list).join(", ")}]`
}

/** The shortest text that reads back as the same number. */
const number = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? "inf" : "-inf"

const quoted = (text: string, most: number): string => JSON.stringify(text.slice(0, most + 1))

const ruleNumbers = (rule: MaskRule): ReadonlyArray<number> => {
  switch (rule._tag) {
    case "topK":
      return [rule.k]
    case "topP":
    case "minP":
      return [rule.p]
    case "plausible":
      return [rule.share]
    case "truncate":
      if (rule.temperature !== 1) return [rule.topK, rule.topP, rule.temperature]
      return rule.topP !== 1 ? [rule.topK, rule.topP] : [rule.topK]
  }
}

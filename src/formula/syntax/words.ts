import { type AttributeSettings, attribute as attributeFrom, type LambdaSum } from "../../interpolation/mix.ts"
import { type ClassifierTerm, classifier } from "../classifier.ts"
import { indicator, linear, steps, tokenWeights } from "../coefficient.ts"
import { type Any, type ClassifierNode, type ModelNode, make } from "../formula.ts"
import { model, prompt, row, scores, uniform } from "../leaves.ts"
import * as Operators from "../operators.ts"
import {
  attribute,
  base,
  change,
  classifierTerm,
  formula,
  goal,
  lambdaSum,
  logits,
  number,
  numbers,
  optional,
  template,
  text
} from "./kind.ts"
import { isName } from "./lexer.ts"
import { type Word, word } from "./word.ts"

/** What `union` and `intersection` make, which take no more operands than a call has room for. */
const nary = (tag: "Union" | "Intersection", operands: ReadonlyArray<Any>): Any => make({ _tag: tag, operands })

/** A classifier term with what is said of it put over what it said before. */
const classified = (
  [of, over, topK]: readonly [string | (Any & ClassifierNode), Any | undefined, number | undefined],
  named: ClassifierTerm<unknown>
): Any =>
  make({
    ...(typeof of === "string" ? (classifier(of) as Any & ClassifierNode) : of),
    ...(over !== undefined && { over }),
    ...(topK !== undefined && { topK }),
    ...named
  })

/** A model or a prompt with a mix of attributes. */
const mixed = (
  of: ModelNode,
  attributes: ReadonlyArray<readonly [name: string, settings: AttributeSettings]>,
  { lambdaSum = "one" }: { readonly lambdaSum?: LambdaSum }
): Any =>
  make({ ...of, mix: { attributes: attributes.map(([name, settings]) => attributeFrom(name, settings)), lambdaSum } })

/** The words of the language: each is written with parentheses, and no name may be one of them. */
export const words: ReadonlyMap<string, Word> = new Map([
  ["model", word('model("name")', [optional(text)], ([name]) => model(name))],
  [
    "prompt",
    word('prompt("text", model: "name", template: "chat")', [text], ([own], named) => prompt(own, named), {
      named: { model: text, template }
    })
  ],
  [
    "interpolate",
    word(
      "interpolate(model(), sentiment: 0.8, formality: 0.3 @ 0.5)",
      [base],
      ([of], named, _, attributes) => mixed(of, attributes, named),
      { named: { lambdaSum }, others: attribute }
    )
  ],
  [
    "anchors",
    word('anchors(0.8, positive: "name", negative: "name")', [attribute], ([of], named) => ({ ...of, ...named }), {
      named: { positive: text, negative: text }
    })
  ],
  ["uniform", word("uniform()", [], () => uniform())],
  ["row", word("row([0, -1.5, -inf])", [logits], ([values]) => row(values))],
  ["scores", word("scores(f)", [formula], ([of]) => scores(of))],
  [
    "union",
    word("union(a, b, …)", [formula, formula], ([a, b], _, more) => nary("Union", [a, b, ...more]), { rest: formula })
  ],
  [
    "intersection",
    word("intersection(a, b, …)", [formula, formula], ([a, b], _, more) => nary("Intersection", [a, b, ...more]), {
      rest: formula
    })
  ],
  [
    "supersede",
    word("supersede(draft, target)", [formula, formula], ([draft, target]) => Operators.supersede(draft, target))
  ],
  [
    "selfDebias",
    word("selfDebias(a, b, strength)", [formula, formula, number], ([of, against, strength]) =>
      Operators.selfDebias(of, against, strength)
    )
  ],
  [
    "classifier",
    word('classifier("name", f, k, label: "text")', [classifierTerm, optional(formula), optional(number)], classified, {
      named: { over: formula, label: text, topK: number, goal, template: text },
      places: ["classifier", "over", "topK"]
    })
  ],
  ["topK", word("topK(f, k)", [formula, number], ([of, k]) => Operators.topK(of, k))],
  ["topP", word("topP(f, p)", [formula, number], ([of, p]) => Operators.topP(of, p))],
  ["minP", word("minP(f, p)", [formula, number], ([of, p]) => Operators.minP(of, p))],
  ["plausible", word("plausible(f, a)", [formula, number], ([of, share]) => Operators.plausible(of, share))],
  [
    "truncate",
    word("truncate(f, k, p, temperature)", [formula, number, optional(number), optional(number)], ([of, k, p, t]) =>
      Operators.truncate(of, k, p, t)
    )
  ],
  ["normalize", word("normalize(f)", [formula], ([of]) => Operators.normalize(of))],
  [
    "linear",
    word("linear(from, to, steps)", [number, number, number], ([from, to, positions]) => linear(from, to, positions))
  ],
  [
    "steps",
    word("steps(1, 10: 0.5, 20: 0)", [number], ([first], _, changes) => steps(first, changes), { rest: change })
  ],
  ["weights", word("weights([0, 1, 2])", [numbers], ([values]) => tokenWeights(values))],
  ["indicator", word("indicator(f)", [formula], ([of]) => indicator(of))]
])

/** The numbers that have a name. */
export const constants: ReadonlyMap<string, number> = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["Infinity", Number.POSITIVE_INFINITY]
])

/** Whether a name is the language's own. */
export const isReserved = (name: string): boolean => words.has(name) || constants.has(name)

/** Whether text can refer to something by this name. */
export const isFreeName = (name: string): boolean => isName(name) && !isReserved(name)

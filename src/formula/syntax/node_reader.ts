import { type Attribute, attribute, type LambdaSum } from "../../interpolation/mix.ts"
import { type Coefficient, number } from "../coefficient.ts"
import { type Any, make, type PromptTemplate } from "../formula.ts"
import { cannotRead, finite, is, list, object, optional, type Reader, string, tagged } from "./json_reader.ts"
import { MAX_DEPTH } from "./node_json.ts"

/** The formula that JSON data stands for. Throws a `FormulaError` where it is none. */
export const readFormula = (json: unknown): Any => {
  const path = { name: "", depth: 0 }
  // Another version may have other fields, so that its number comes first.
  if (typeof json === "object" && json !== null && "version" in json)
    version(json.version, { ...path, name: "version" })
  return object("a saved formula", { version, formula: node })(json, path).formula
}

const version = is("1, the only version there is", (x): x is 1 => x === 1)

const node: Reader<Any> = (value, path) => {
  if (path.depth >= MAX_DEPTH) return cannotRead(path, `part of a formula at most ${MAX_DEPTH} deep`, value)
  return make(nodes(value, { ...path, depth: path.depth + 1 }))
}

const template: Reader<PromptTemplate> = (value, path) =>
  value === undefined || value === "auto" || value === "chat" || value === "plain"
    ? (value ?? "auto")
    : cannotRead(path, '"auto", "chat" or "plain"', value)

const goal: Reader<"maximize" | "minimize"> = (value, path) =>
  value === undefined || value === "maximize" || value === "minimize"
    ? (value ?? "maximize")
    : cannotRead(path, '"maximize" or "minimize"', value)

const attributeFields = object("an attribute", {
  name: string,
  alpha: finite,
  lambda: optional(finite),
  positive: optional(string),
  negative: optional(string)
})

const mixed: Reader<Attribute> = (value, path) => {
  const { name, ...settings } = attributeFields(value, path)
  return attribute(name, settings)
}

const lambdaSum: Reader<LambdaSum> = (value, path) =>
  value === undefined || value === "one" || value === "any"
    ? (value ?? "one")
    : cannotRead(path, '"one" or "any"', value)

const mix = object("a mix", { attributes: list(mixed), lambdaSum })

const logit: Reader<number> = (value, path) => (value === null ? Number.NEGATIVE_INFINITY : finite(value, path))

const change: Reader<readonly [at: number, value: number]> = (value, path) => {
  if (!Array.isArray(value) || value.length !== 2) return cannotRead(path, "a list of 2", value)
  const [at, to] = list(finite)(value, path)
  return [at!, to!]
}

const schedules = tagged("a number or an object", {
  Linear: { from: finite, to: finite, steps: finite },
  Steps: { first: finite, changes: list(change) },
  TokenWeights: { weights: list(finite) },
  Indicator: { of: node }
})

const coefficient: Reader<Coefficient> = (value, path) =>
  typeof value === "number" || value === undefined ? number(finite(value, path)) : schedules(value, path)

const rule = tagged("an object", {
  topK: { k: finite },
  topP: { p: finite },
  minP: { p: finite },
  plausible: { share: finite },
  truncate: { topK: finite, topP: finite, temperature: finite }
})

const nodes = tagged("a formula", {
  Model: { model: optional(string), prompt: optional(string), template, mix: optional(mix) },
  Row: { name: optional(string), logits: list(logit) },
  Uniform: {},
  Scores: { of: node },
  Sum: { terms: list(node, 1) },
  Scale: { by: coefficient, of: node },
  Union: { operands: list(node, 2) },
  Intersection: { operands: list(node, 2) },
  Supersede: { draft: node, target: node },
  SelfDebias: { of: node, against: node, strength: finite },
  Classifier: {
    classifier: string,
    over: optional(node),
    label: optional(string),
    topK: optional(finite),
    goal,
    template: optional(string)
  },
  Mask: { of: node, rule },
  Normalize: { of: node }
})

import { type Mix, usualAnchors } from "../../interpolation/mix.ts"
import type { Coefficient } from "../coefficient.ts"
import type { Any } from "../formula.ts"
import type { CoefficientJson, MixJson, NodeJson } from "./node_json.ts"

/** Why a node is not data, if it is not. */
export const unwritable = (node: Any): string | undefined => {
  switch (node._tag) {
    case "Model":
      if (typeof node.model === "object") return "it holds a model itself, where JSON needs a model's name"
      return refuseNumbers((node.mix?.attributes ?? []).flatMap(({ alpha, lambda = 0 }) => [alpha, lambda]))
    case "Classifier":
      if (typeof node.classifier === "object") return "it holds a classifier itself, where JSON needs its name"
      return refuseNumbers(node.topK === undefined ? [] : [node.topK])
    case "Stream":
      return "it holds a stream"
    case "Map":
      return "it holds a function"
    case "Row":
      return refuseNumbers(node.logits.filter((x) => x !== Number.NEGATIVE_INFINITY))
    case "SelfDebias":
      return refuseNumbers([node.strength])
    case "Mask":
      return refuseNumbers(Object.values(node.rule).filter((x) => typeof x === "number"))
    case "Scale":
      return refuseNumbers(coefficientNumbers(node.by))
    default:
      return undefined
  }
}

const refuseNumbers = (numbers: ReadonlyArray<number>): string | undefined => {
  const bad = numbers.find((x) => !Number.isFinite(x))
  return bad === undefined ? undefined : `${bad} is not a finite number`
}

const coefficientNumbers = (by: Coefficient): ReadonlyArray<number> => {
  switch (by._tag) {
    case "Number":
      return [by.value]
    case "Linear":
      return [by.from, by.to, by.steps]
    case "Steps":
      return [by.first, ...by.changes.flat()]
    case "TokenWeights":
      return by.weights
    case "Indicator":
      return []
  }
}

/** A node that is data as JSON, given that of its children. */
export const nodeJson = (node: Any, of: (child: Any) => NodeJson): NodeJson => {
  switch (node._tag) {
    case "Model":
      return {
        _tag: "Model",
        ...(typeof node.model === "string" ? { model: node.model } : {}),
        ...(node.prompt === undefined ? {} : { prompt: node.prompt }),
        ...(node.template === "auto" ? {} : { template: node.template }),
        ...(node.mix === undefined ? {} : { mix: mixJson(node.mix) })
      }
    case "Row": {
      const logits = node.logits.map((x) => (Number.isFinite(x) ? x : null))
      return node.name === undefined ? { _tag: "Row", logits } : { _tag: "Row", name: node.name, logits }
    }
    case "Sum":
      return { _tag: "Sum", terms: node.terms.map(of) }
    case "Scale":
      return { _tag: "Scale", by: coefficientJson(node.by, of), of: of(node.of) }
    case "Union":
    case "Intersection":
      return { _tag: node._tag, operands: node.operands.map(of) }
    case "Supersede":
      return { _tag: "Supersede", draft: of(node.draft), target: of(node.target) }
    case "SelfDebias":
      return { _tag: "SelfDebias", of: of(node.of), against: of(node.against), strength: node.strength }
    case "Classifier":
      return {
        _tag: "Classifier",
        // one that is no name has been refused
        classifier: `${node.classifier}`,
        ...(node.over === undefined ? {} : { over: of(node.over) }),
        ...(node.label === undefined ? {} : { label: node.label }),
        ...(node.topK === undefined ? {} : { topK: node.topK }),
        ...(node.goal === "maximize" ? {} : { goal: node.goal }),
        ...(node.template === undefined ? {} : { template: node.template })
      }
    case "Mask":
      return { _tag: "Mask", of: of(node.of), rule: node.rule }
    case "Scores":
    case "Normalize":
      return { _tag: node._tag, of: of(node.of) }
    // Streams and maps have been refused.
    default:
      return { _tag: "Uniform" }
  }
}

const mixJson = ({ attributes, lambdaSum }: Mix): MixJson => ({
  attributes: attributes.map(({ alpha, lambda, name, negative, positive }) => {
    const usual = usualAnchors(name)
    return {
      name,
      alpha,
      ...(lambda === undefined ? {} : { lambda }),
      ...(positive === usual.positive ? {} : { positive }),
      ...(negative === usual.negative ? {} : { negative })
    }
  }),
  ...(lambdaSum === "one" ? {} : { lambdaSum })
})

const coefficientJson = (by: Coefficient, of: (child: Any) => NodeJson): CoefficientJson =>
  by._tag === "Number" ? by.value : by._tag === "Indicator" ? { _tag: "Indicator", of: of(by.of) } : by

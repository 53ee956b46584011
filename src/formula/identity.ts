import { dual } from "effect/Function"
import type { Mix } from "../interpolation/mix.ts"
import { coefficients } from "../interpolation/variant.ts"
import type { Coefficient } from "./coefficient.ts"
import { children, fold, postorder } from "./fold.ts"
import { type Any, make, type Node } from "./formula.ts"
import { toTruncation } from "./mask_rule.ts"

const identities = new WeakMap<object, string>()
let nextIdentity = 0

/** What stands for a function or a model in a key: equal for one and the same object only. */
const identity = (value: object): string => {
  let id = identities.get(value)
  if (id === undefined) {
    id = `#${nextIdentity++}`
    identities.set(value, id)
  }
  return id
}

const coefficientKey = (by: Coefficient): string => {
  switch (by._tag) {
    case "Number":
      return `${by.value}`
    case "Linear":
      return `linear ${by.from} ${by.to} ${by.steps}`
    case "Steps":
      return `steps ${by.first} ${by.changes.join(" ")}`
    case "TokenWeights":
      return `weights ${by.weights.join()}`
    case "Indicator":
      return "indicator"
  }
}

/** Mixes are alike by what they multiply the adapters by, however they come to it. */
const mixKey = (mix: Mix): string =>
  coefficients(mix)
    .map(([adapter, coefficient]) => `${JSON.stringify(adapter)}: ${coefficient}`)
    .join()

/** Everything that changes a node's rows, its children left out. */
const ownKey = (node: Node): string => {
  switch (node._tag) {
    case "Model": {
      const model = typeof node.model === "object" ? identity(node.model) : node.model
      const own = JSON.stringify(["Model", model ?? null, node.prompt ?? null, node.template])
      return node.mix === undefined ? own : `${own} ${mixKey(node.mix)}`
    }
    case "Stream":
      return `Stream ${identity(node.rows)}`
    case "Row":
      return `Row ${JSON.stringify(node.name ?? null)} ${node.logits.join()}`
    case "Scale":
      return `Scale ${coefficientKey(node.by)}`
    case "SelfDebias":
      return `SelfDebias ${node.strength}`
    case "Mask":
      return `Mask ${node.rule._tag} ${Object.values(toTruncation(node.rule)).join()}`
    case "Map":
      return `Map ${identity(node.map)}`
    case "Classifier": {
      const { classifier, goal, label, template, topK } = node
      const which = typeof classifier === "object" ? identity(classifier) : JSON.stringify(classifier)
      return `Classifier ${which} ${JSON.stringify([label ?? null, topK ?? null, goal, template ?? null])}`
    }
    default:
      return node._tag
  }
}

/** Numbers structurally equal nodes alike. `table` is shared between formulas that are to be compared. */
const number = (root: Any, table: Map<string, number>): Map<Any, number> => {
  const numbers = new Map<Any, number>()
  fold<number>(root, (node, of) => {
    const key = `${ownKey(node)}(${children(node).map(of).join()})`
    const id = table.get(key) ?? table.size
    table.set(key, id)
    numbers.set(node, id)
    return id
  })
  return numbers
}

/** Whether two formulas are the same by everything that changes their rows. */
export const equals: {
  (that: Any): (self: Any) => boolean
  (self: Any, that: Any): boolean
} = dual(2, (self: Any, that: Any) => {
  const table = new Map<string, number>()
  return number(self, table).get(self) === number(that, table).get(that)
})

/** The same formula with equal nodes made one object: each distinct term is computed once. */
export const distinct = <F extends Any>(root: F): F => {
  const numbers = number(root, new Map())
  const first = new Map<number, Any>()
  for (const node of postorder(root)) {
    const id = numbers.get(node)!
    if (first.has(id)) continue
    const below = children(node)
    const merged = below.map((child) => first.get(numbers.get(child)!)!)
    first.set(id, merged.every((child, i) => child === below[i]) ? node : withChildren(node, merged))
  }
  return first.get(numbers.get(root)!) as F
}

/** The same node over other children, given in the order of `children`. */
export const withChildren = (node: Any, to: ReadonlyArray<Any>): Any => {
  switch (node._tag) {
    case "Sum":
      return make({ ...node, terms: to })
    case "Union":
    case "Intersection":
      return make({ ...node, operands: to })
    case "Scale":
      return node.by._tag === "Indicator"
        ? make({ ...node, by: { ...node.by, of: to[0]! }, of: to[1]! })
        : make({ ...node, of: to[0]! })
    case "Classifier":
      return make({ ...node, over: to[0] })
    case "Supersede":
      return make({ ...node, draft: to[0]!, target: to[1]! })
    case "SelfDebias":
      return make({ ...node, of: to[0]!, against: to[1]! })
    case "Scores":
    case "Mask":
    case "Normalize":
    case "Map":
      return make({ ...node, of: to[0]! })
    default:
      return node
  }
}

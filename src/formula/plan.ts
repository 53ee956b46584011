import { weightsAt } from "./bounds.ts"
import { children, postorder } from "./fold.ts"
import type { Any } from "./formula.ts"
import { distinct } from "./identity.ts"
import { isLeaf } from "./leaves.ts"

/** A leaf of a formula. */
export type LeafNode = Any & { readonly _tag: "Model" | "Stream" | "Row" }

/** A formula made ready for evaluation: each distinct term once, children before parents. */
export interface Plan {
  readonly root: Any
  readonly nodes: ReadonlyArray<Any>
  readonly leaves: ReadonlyArray<LeafNode>
  /** Leaves that need their log-softmax. For the others a constant cancels in the softmax of the whole formula. */
  readonly exact: ReadonlySet<Any>
  /** Scaled terms that only sums use: the sum multiplies while it adds. */
  readonly fused: ReadonlySet<Any>
}

/**
 * Makes a plan. `exact`: scores are wanted as Theorem 1 has them, not only up to a constant that the last softmax
 * takes away.
 */
export const plan = (formula: Any, options: { readonly exact: boolean }): Plan => {
  const root = distinct(formula)
  const nodes = postorder(root)
  return {
    root,
    nodes,
    leaves: nodes.filter(isLeaf),
    exact: exactNodes(root, nodes, options.exact),
    fused: fusedNodes(root, nodes)
  }
}

/**
 * Parents before children: a constant added to a term cancels if the path from it to a softmax holds only sums and
 * scalings by one number, and if the weight that divides it is one number for all tokens.
 */
const exactNodes = (root: Any, nodes: ReadonlyArray<Any>, wholeExact: boolean): ReadonlySet<Any> => {
  const weights = weightsAt(root, 0)
  const varies = (node: Any) => {
    const bounds = weights.get(node)
    return bounds === undefined || bounds[0] !== bounds[1] || hasTokenWeights(node)
  }
  const exact = new Set<Any>()
  if (wholeExact || varies(root)) exact.add(root)
  for (const node of nodes.toReversed()) {
    for (const child of children(node)) {
      if (mustBeExact(node, child, exact.has(node), varies)) exact.add(child)
    }
  }
  return exact
}

const mustBeExact = (node: Any, child: Any, exact: boolean, varies: (node: Any) => boolean): boolean => {
  switch (node._tag) {
    case "Sum":
    case "Supersede":
      return exact
    case "Scale":
      return exact || node.by._tag === "TokenWeights" || node.by._tag === "Indicator"
    case "Scores":
      return false
    case "Mask":
    case "Normalize":
    case "SelfDebias":
      return varies(child)
    default:
      return true
  }
}

/** A row of weights may have equal bounds and still be a row. */
const hasTokenWeights = (root: Any): boolean =>
  postorder(root).some(
    (node) => node._tag === "Scale" && (node.by._tag === "TokenWeights" || node.by._tag === "Indicator")
  )

const fusedNodes = (root: Any, nodes: ReadonlyArray<Any>): ReadonlySet<Any> => {
  const fused = new Set(nodes.filter((node) => node._tag === "Scale" && node !== root))
  for (const node of nodes) {
    if (node._tag === "Sum") continue
    for (const child of children(node)) fused.delete(child as never)
  }
  return fused
}

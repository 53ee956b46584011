import { type IsPending, weightsAt } from "./bounds.ts"
import { settledAt } from "./coefficient.ts"
import { children, fold, postorder } from "./fold.ts"
import type { Any } from "./formula.ts"
import { distinct, withChildren } from "./identity.ts"
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
 * takes away. `pending`: leaves that will have no rows; the weights of what is left decide what cancels.
 */
export const plan = (
  formula: Any,
  options: { readonly exact: boolean; readonly pending?: IsPending | undefined }
): Plan => {
  const root = distinct(resolve(formula, options.pending))
  const nodes = postorder(root)
  return {
    root,
    nodes,
    leaves: nodes.filter(isLeaf),
    exact: options.exact ? allExact(nodes) : exactNodes(root, nodes, options.pending),
    fused: fusedNodes(root, nodes)
  }
}

/** Every `supersede` as what it is now: its target, or its draft while the target is pending. The other is not asked. */
const resolve = (formula: Any, pending: IsPending | undefined): Any => {
  const weights = weightsAt(formula, 0, pending)
  return fold<Any>(formula, (node, of) => {
    if (node._tag === "Supersede") return of(weights.get(node.target) === undefined ? node.draft : node.target)
    const below = children(node)
    const resolved = below.map(of)
    return resolved.every((child, i) => child === below[i]) ? node : withChildren(node, resolved)
  })
}

/** All but the leaves that are only read raw. */
const allExact = (nodes: ReadonlyArray<Any>): ReadonlySet<Any> =>
  new Set([...nodes.slice(-1), ...nodes.flatMap((node) => (node._tag === "Scores" ? [] : children(node)))])

/**
 * Parents before children: a constant added to a term cancels if the path from it to a softmax holds only sums and
 * scalings by one number, and if the weight that divides it is one number for all tokens.
 */
const exactNodes = (root: Any, nodes: ReadonlyArray<Any>, pending: IsPending | undefined): ReadonlySet<Any> => {
  const varying = varyingNodes(root, pending)
  const varies = (node: Any) => varying.has(node)
  const exact = new Set<Any>()
  if (varies(root)) exact.add(root)
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

/** Nodes whose weight may differ from token to token at some position. */
const varyingNodes = (root: Any, pending: IsPending | undefined): ReadonlySet<Any> => {
  const out = new Set<Any>()
  const last = lastChoice(root)
  for (let position = 0; position <= last; position++) {
    for (const [node, bounds] of weightsAt(root, position, pending)) {
      if (bounds !== undefined && bounds[0] !== bounds[1]) out.add(node)
    }
  }
  return out
}

/** The last position at which the weights of two sides of a union or an intersection may come to differ. */
const lastChoice = (root: Any): number => {
  let last = 0
  fold<number>(root, (node, of) => {
    const own = node._tag === "Scale" ? settledAt(node.by) : 0
    const settled = children(node).reduce((most, child) => Math.max(most, of(child)), own)
    if (node._tag === "Union" || node._tag === "Intersection") last = Math.max(last, settled)
    return settled
  })
  return last
}

const fusedNodes = (root: Any, nodes: ReadonlyArray<Any>): ReadonlySet<Any> => {
  const fused = new Set(nodes.filter((node) => node._tag === "Scale" && node !== root))
  for (const node of nodes) {
    if (node._tag === "Sum") continue
    for (const child of children(node)) fused.delete(child as never)
  }
  return fused
}

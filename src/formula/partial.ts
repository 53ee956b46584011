import type { IsPending } from "./bounds.ts"
import { children, fold } from "./fold.ts"
import { type Any, make } from "./formula.ts"
import { withChildren } from "./identity.ts"
import { isLeaf } from "./leaves.ts"

/**
 * The partial formula: what can be said while the rows of some leaves are pending, as a formula without them. A sum
 * drops its pending terms, `supersede` is its draft while the target is pending, and every other node is pending while
 * an operand is. `undefined` where nothing is left.
 *
 * Source: arXiv:2311.14479, section 4: the drafts of speculative sampling.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Formula } from "polylogit"
 *
 * const [a, b, c] = ["a", "b", "c"].map((name) => Formula.row([0, 1], { name })) as [Formula.Formula, Formula.Formula, Formula.Formula]
 * const formula = a.pipe(Formula.add(Formula.union(b, c)), Formula.subtract(Formula.scale(c, 0.5)))
 * deepEqual(Formula.print(Formula.partial(formula, (leaf) => leaf === b)!), "a - 0.5 * c")
 * ```
 */
export const partial = (formula: Any, pending: IsPending): Any | undefined =>
  fold<Any | undefined>(formula, (node, of) => {
    if (isLeaf(node)) return pending(node) ? undefined : node
    if (node._tag === "Supersede") return of(node.target) ?? of(node.draft)
    const below = children(node)
    const left = below.map(of)
    if (left.every((child, i) => child === below[i])) return node
    const known = left.filter((child) => child !== undefined)
    if (node._tag !== "Sum") return known.length === left.length ? withChildren(node, known) : undefined
    if (known.length === 0) return undefined
    return known.length === 1 ? known[0] : make({ ...node, terms: known })
  })

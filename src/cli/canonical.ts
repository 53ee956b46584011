import { children, fold } from "../formula/fold.ts"
import type { Any } from "../formula/formula.ts"
import { excerpt, print } from "../formula/syntax/print.ts"

/** The canonical text of a formula; where shared parts written out would fill pages, its beginning. */
export const canonical = (formula: Any): string => {
  const size = fold<number>(formula, (node, of) => children(node).reduce((sum, child) => sum + of(child), 1))
  return size <= 50_000 ? print(formula) : excerpt(formula, 10_000)
}

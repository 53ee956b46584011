import type { Any } from "./formula.ts"

/** The formulas that a node is made of, in the order in which they are written. */
export const children = (node: Any): ReadonlyArray<Any> => {
  switch (node._tag) {
    case "Model":
    case "Stream":
    case "Row":
    case "Uniform":
      return []
    case "Sum":
      return node.terms
    case "Scale":
      return node.by._tag === "Indicator" ? [node.by.of, node.of] : [node.of]
    case "Union":
    case "Intersection":
      return node.operands
    case "Classifier":
      return node.over === undefined ? [] : [node.over]
    case "Supersede":
      return [node.draft, node.target]
    case "SelfDebias":
      return [node.of, node.against]
    case "Scores":
    case "Mask":
    case "Normalize":
    case "Map":
      return [node.of]
  }
}

/** Every node once, children before parents. No recursion: a formula may be nested as deep as memory lets it. */
export const postorder = (root: Any): ReadonlyArray<Any> => {
  const out = new Set<Any>()
  const stack: Array<Any> = [root]
  const opened = new Set<Any>()
  while (stack.length > 0) {
    const node = stack.at(-1)!
    if (out.has(node)) {
      stack.pop()
    } else if (opened.has(node)) {
      out.add(node)
      stack.pop()
    } else {
      opened.add(node)
      const below = children(node)
      for (let i = below.length - 1; i >= 0; i--) if (!out.has(below[i]!)) stack.push(below[i]!)
    }
  }
  return [...out]
}

/** Computes one value for each node from those of its children: the one recursion over formulas. */
export const fold = <A>(root: Any, f: (node: Any, of: (child: Any) => A) => A): A => {
  const values = new Map<Any, A>()
  const of = (child: Any) => values.get(child) as A
  for (const node of postorder(root)) values.set(node, f(node, of))
  return of(root)
}

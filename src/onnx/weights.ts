import type { Checkpoint } from "./checkpoint.ts"
import { CheckpointError } from "./checkpoint_error.ts"
import { type ElementType, elementType, type Graph, type Value } from "./graph.ts"

const readable: Readonly<Record<string, ElementType>> = { F32: "float32", F16: "float16", BF16: "bfloat16" }

/**
 * Gives the tensors of a checkpoint to a graph, as float32. Nothing is copied: the graph points into the files, and
 * the runtime widens half precision when it loads.
 */
export const weightsOf = (
  graph: Graph,
  checkpoint: Checkpoint
): ((name: string, shape: ReadonlyArray<number>) => Value) => {
  const given = new Map<string, Value>()
  return (name, shape) => {
    const stored = checkpoint.tensor(name, shape)
    const type = readable[stored.type]
    if (type === undefined) {
      throw new CheckpointError(`Cannot use ${name} as float32, float16 or bfloat16: it is ${stored.type}`)
    }
    const known = given.get(name)
    if (known !== undefined) return known
    const raw = graph.weight(name, type, shape, stored)
    const value = type === "float32" ? raw : graph.node("Cast", [raw], { attributes: { to: elementType.float32 } })
    given.set(name, value)
    return value
  }
}

import { CheckpointError } from "./checkpoint_error.ts"
import type { Graph, Value } from "./graph.ts"

type Activation = (graph: Graph, x: Value) => Value

const gelu =
  (approximate: "none" | "tanh"): Activation =>
  (graph, x) =>
    graph.node("Gelu", [x], { attributes: { approximate } })

const silu: Activation = (graph, x) => graph.node("Mul", [x, graph.node("Sigmoid", [x])])

const activations: Readonly<Record<string, Activation>> = {
  silu,
  swish: silu,
  gelu: gelu("none"),
  gelu_new: gelu("tanh"),
  gelu_fast: gelu("tanh"),
  gelu_pytorch_tanh: gelu("tanh"),
  relu: (graph, x) => graph.node("Relu", [x])
}

/** The activation that config.json names. Errors: throws `CheckpointError` for one that is not supported. */
export const activation = (name: string): Activation => {
  if (Object.hasOwn(activations, name)) return activations[name]!
  const supported = Object.keys(activations).join(", ")
  throw new CheckpointError(`Cannot activate with the hidden_act "${name}" of config.json: it is none of ${supported}`)
}

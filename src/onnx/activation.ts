import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"
import { constant } from "./constants.ts"
import type { Graph, Value } from "./graph.ts"

/** A function of each number, as nodes of a graph. */
export type Activation = (graph: Graph, x: Value) => Value

const operator =
  (name: string, attributes: Readonly<Record<string, string | { readonly float: number }>> = {}): Activation =>
  (graph, x) =>
    graph.node(name, [x], { attributes })

const scalar = (graph: Graph, value: number) => constant(graph, "float32", [value], [])

/** x * sigmoid(factor * x) */
const sigmoidal =
  (factor: number): Activation =>
  (graph, x) => {
    const inner = factor === 1 ? x : graph.node("Mul", [x, scalar(graph, factor)])
    return graph.node("Mul", [x, graph.node("Sigmoid", [inner])])
  }

const clipped =
  (inner: Activation, from: number, to: number): Activation =>
  (graph, x) =>
    graph.node("Clip", [inner(graph, x), scalar(graph, from), scalar(graph, to)])

const same: Activation = (_, x) => x
const relu = operator("Relu")
const geluTanh = operator("Gelu", { approximate: "tanh" })

/** x times the normal distribution function of x. */
export const gelu: Activation = operator("Gelu", { approximate: "none" })

/** The names that Hugging Face gives them; those with weights of their own are left out. */
const activations: Readonly<Record<string, Activation>> = {
  silu: sigmoidal(1),
  swish: sigmoidal(1),
  gelu,
  gelu_python: gelu,
  gelu_new: geluTanh,
  gelu_fast: geluTanh,
  gelu_accurate: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  gelu_python_tanh: geluTanh,
  gelu_10: clipped(gelu, -10, 10),
  quick_gelu: sigmoidal(1.702),
  relu,
  relu2: (graph, x) => {
    const kept = relu(graph, x)
    return graph.node("Mul", [kept, kept])
  },
  relu6: clipped(same, 0, 6),
  leaky_relu: operator("LeakyRelu", { alpha: { float: 0.01 } }),
  hardswish: operator("HardSwish"),
  mish: operator("Mish"),
  sigmoid: operator("Sigmoid"),
  tanh: operator("Tanh"),
  linear: same
}

/** The activation that a field of config.json names. Errors: throws `CheckpointError` for one that is not supported. */
export const activation = (config: Config, field: string, fallback: string): Activation => {
  const name = config.string(field, fallback)
  if (Object.hasOwn(activations, name)) return activations[name]!
  const supported = Object.keys(activations).join(", ")
  throw new CheckpointError(`Cannot activate with the ${field} "${name}" of config.json: it is none of ${supported}`)
}

import { expect, test } from "bun:test"
import { openByBinding } from "../../../src/backends/onnxruntime/binding_session.ts"
import { settingsOf } from "../../../src/backends/onnxruntime/settings.ts"
import { activation } from "../../../src/onnx/activation.ts"
import { CheckpointError } from "../../../src/onnx/checkpoint_error.ts"
import { parseConfig } from "../../../src/onnx/config.ts"
import * as Graph from "../../../src/onnx/graph.ts"

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
/** The error function, by its power series. */
const erf = (x: number): number => {
  let [term, sum] = [x, x]
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}
const gelu = (x: number) => (Math.abs(x) > 5 ? Math.max(x, 0) : (x / 2) * (1 + erf(x / Math.SQRT2)))
const geluTanh = (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
const clip = (x: number, from: number, to: number) => Math.min(Math.max(x, from), to)

const formulas: Readonly<Record<string, (x: number) => number>> = {
  silu: (x) => x * sigmoid(x),
  swish: (x) => x * sigmoid(x),
  gelu,
  gelu_python: gelu,
  gelu_new: geluTanh,
  gelu_fast: geluTanh,
  gelu_accurate: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  gelu_python_tanh: geluTanh,
  gelu_10: (x) => clip(gelu(x), -10, 10),
  quick_gelu: (x) => x * sigmoid(1.702 * x),
  relu: (x) => Math.max(x, 0),
  relu2: (x) => Math.max(x, 0) ** 2,
  relu6: (x) => clip(x, 0, 6),
  leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
  hardswish: (x) => (x * clip(x + 3, 0, 6)) / 6,
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  sigmoid,
  tanh: Math.tanh,
  linear: (x) => x
}
const named = (name: string) => activation(parseConfig(JSON.stringify({ hidden_act: name })), "hidden_act", "silu")

for (const [name, formula] of Object.entries(formulas)) {
  test(`${name} is what its formula says`, async () => {
    const graph = Graph.make()
    const x = graph.input("x", "float32", ["n"])
    graph.output("y", named(name)(graph, x), "float32", ["n"])
    const open = openByBinding(settingsOf({ threads: 1 }))
    const session = await open({ bytes: graph.toBytes(), sides: graph.sides(), inputs: ["x"], outputs: ["y"] })
    const points = Float32Array.from({ length: 241 }, (_, i) => (i - 120) / 10)
    const given = { type: "float32", shape: [points.length], data: points } as const
    const { y: values } = await session.run({ x: given }, { y: [points.length] })
    await session.release()
    points.forEach((x, i) => {
      expect(Math.abs(values![i]! - formula(x))).toBeLessThan(1e-6 * Math.max(1, Math.abs(formula(x))))
    })
  })
}

test("each name has a formula here", () => {
  const message = () => named("?")
  expect(message).toThrow(CheckpointError)
  expect(message).toThrow(`it is none of ${Object.keys(formulas).join(", ")}`)
})

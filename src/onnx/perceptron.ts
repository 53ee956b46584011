import type { Activation } from "./activation.ts"
import type { Value } from "./graph.ts"
import { linear, linears, type Place } from "./place.ts"

/** A block of two or three matrices over each token for itself. */
export interface Perceptron {
  readonly hidden: number
  /** Width between the matrices. */
  readonly inner: number
  readonly activate: Activation
  readonly bias: boolean
}

/** `down(activate(gate(x)) * up(x))` */
export const gated =
  ({ activate, bias, hidden, inner }: Perceptron) =>
  (place: Place, x: Value): Value => {
    const [gate, up] = linears(place, x, { inputs: hidden, outputs: { gate_proj: inner, up_proj: inner }, bias })
    const product = place.graph.node("Mul", [activate(place.graph, gate!), up!])
    return linear(place, product, { inputs: inner, outputs: { down_proj: hidden }, bias })
  }

/** The same where one matrix `gate_up_proj` holds the gate and the way up. */
export const gatedAsOne =
  ({ activate, bias, hidden, inner }: Perceptron) =>
  (place: Place, x: Value): Value => {
    const both = linear(place, x, { inputs: hidden, outputs: { gate_up_proj: 2 * inner }, bias })
    const [gate, up] = place.graph.nodes("Split", [both], 2, { attributes: { axis: 2, num_outputs: 2 } })
    const product = place.graph.node("Mul", [activate(place.graph, gate!), up!])
    return linear(place, product, { inputs: inner, outputs: { down_proj: hidden }, bias })
  }

/** `down(activate(up(x)))`, with matrices of the given names, stored `[inputs, outputs]` where `transposed`. */
export const plain =
  (
    { activate, bias, hidden, inner }: Perceptron,
    { down, transposed, up }: { readonly up: string; readonly down: string; readonly transposed?: boolean }
  ) =>
  (place: Place, x: Value): Value => {
    const raised = activate(
      place.graph,
      linear(place, x, { inputs: hidden, outputs: { [up]: inner }, bias, transposed })
    )
    return linear(place, raised, { inputs: inner, outputs: { [down]: hidden }, bias, transposed })
  }

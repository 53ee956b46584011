import type { Checkpoint } from "./checkpoint.ts"
import { constant } from "./constants.ts"
import { type Dtype, dtypeBits } from "./dtype.ts"
import { floatType, toFloat32 } from "./float32.ts"
import { elementType, type Graph, type Side, type Value } from "./graph.ts"
import { arrange, arrangeBiases, type Matrix, nameOf, outputsOf } from "./matrix.ts"
import { blockSizeOf } from "./quantize.ts"
import { quantizedSides } from "./quantized_sides.ts"

/**
 * The weights of a checkpoint as a runtime takes them, each made once and shared by all graphs of the model. Every
 * method throws `CheckpointError` where a tensor is missing, or has another shape or type.
 */
export interface Weights {
  readonly has: (name: string) => boolean
  /** How many numbers the checkpoint holds. */
  readonly parameters: number
  /** A tensor as float32. */
  readonly tensor: (graph: Graph, name: string, shape: ReadonlyArray<number>) => Value
  /** The rows of a tensor `[rows, width]` that `places` `[1, n]` names, as float32 `[1, n, width]`. */
  readonly lookup: (graph: Graph, name: string, shape: readonly [number, number], places: Value) => Value
  /** `x` `[1, n, inputs]` times a matrix, plus its biases; gives `[1, n, outputs]`. */
  readonly linear: (graph: Graph, x: Value, matrix: Matrix) => Value
  /** The same for each part of a matrix by itself: together where that is faster and takes no copy of the weights. */
  readonly linears: (graph: Graph, x: Value, matrix: Matrix) => ReadonlyArray<Value>
  /** What was quantized so far, and what was taken from `ready` instead. */
  readonly quantized: () => ReadonlyArray<Side>
}

/** How the weights of a checkpoint are kept. */
export interface WeightsOptions {
  /** Numbers of the matrices. Default: `fp32`. */
  readonly dtype?: Dtype | undefined
  /** What an earlier `quantized()` of the same checkpoint gave, by name: it is not made again. */
  readonly ready?: ReadonlyMap<string, Side> | undefined
}

/**
 * The weights of a checkpoint. With `int8` or `int4` the matrices of `linear` are multiplied by `MatMulNBits`, which
 * quantizes each token's numbers for itself: the tokens of a run do not influence each other. Embeddings are looked up
 * in the file as it is, and everything else is float32.
 */
export const weightsOf = (checkpoint: Checkpoint, options: WeightsOptions = {}): Weights => {
  const { dtype = "fp32", ready = new Map() } = options
  const made = new Map<string, Side>()
  const quantized = new Map<string, ReadonlyArray<Side>>()
  const once = (key: string, make: () => Side): Side => {
    const side = made.get(key) ?? make()
    made.set(key, side)
    return side
  }
  const numbers = (name: string, shape: ReadonlyArray<number>) => toFloat32(name, checkpoint.tensor(name, shape))
  const float32 = (name: string, shape: ReadonlyArray<number>, data: () => Float32Array): Side =>
    once(name, () => ({ name, type: "float32", shape, data: bytesOf(data()) }))

  const multiply = (graph: Graph, x: Value, matrix: Matrix): Value => {
    const domain = "com.microsoft"
    const bits = dtypeBits(dtype, matrix)
    const outputs = outputsOf(matrix)
    if (bits === 32) {
      const side = float32(nameOf(matrix), [outputs, matrix.inputs], () => arrange(matrix, numbers))
      return graph.node("FusedMatMul", [x, graph.beside(side)], { domain, attributes: { transB: 1 } })
    }
    const key = `${nameOf(matrix)}:int${bits}`
    const sides = quantized.get(key) ?? quantizedSides(key, matrix, checkpoint.tensor, bits, ready)
    quantized.set(key, sides)
    // level 4 multiplies whole numbers: activations are quantized too, a block of one token at a time
    const attributes = {
      K: matrix.inputs,
      N: outputs,
      bits,
      block_size: blockSizeOf(matrix.inputs, bits),
      accuracy_level: 4
    }
    return graph.node("MatMulNBits", [x, ...sides.map(graph.beside)], { domain, attributes })
  }

  const linear: Weights["linear"] = (graph, x, matrix) => {
    const product = multiply(graph, x, matrix)
    const { biases } = matrix
    if (biases === undefined) return product
    const name = `${nameOf(matrix)}:bias`
    const bias = float32(name, [outputsOf(matrix)], () => arrangeBiases(matrix, biases, numbers))
    return graph.node("Add", [product, graph.beside(bias)])
  }

  return {
    has: checkpoint.has,
    parameters: checkpoint.parameters,
    tensor: (graph, name, shape) => graph.beside(float32(name, shape, () => numbers(name, shape))),
    lookup: (graph, name, shape, places) => {
      const stored = checkpoint.tensor(name, shape)
      const type = floatType(name, stored)
      // half precision is widened after the rows are picked: the whole tensor is never copied
      const side =
        type === "float32"
          ? float32(name, shape, () => numbers(name, shape))
          : once(`${name}:${type}`, () => ({ name: `${name}:${type}`, type, shape, data: stored.bytes }))
      const rows = graph.node("Gather", [graph.beside(side), places])
      return type === "float32" ? rows : graph.node("Cast", [rows], { attributes: { to: elementType.float32 } })
    },
    linear,
    linears: (graph, x, matrix) => {
      const { biases, parts } = matrix
      if (dtype === "fp32") {
        return parts.map((part, i) => linear(graph, x, { ...matrix, parts: [part], biases: biases && [biases[i]!] }))
      }
      const widths = constant(
        graph,
        "int64",
        parts.map(({ outputs }) => outputs)
      )
      return graph.nodes("Split", [linear(graph, x, matrix), widths], parts.length, { attributes: { axis: 2 } })
    },
    quantized: () => [...quantized.values()].flat()
  }
}

const bytesOf = ({ buffer, byteLength, byteOffset }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength)

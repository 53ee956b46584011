import type { Checkpoint } from "./checkpoint.ts"
import { floatType, toFloat32 } from "./float32.ts"
import { elementType, type Graph, type Side, type Value } from "./graph.ts"

/** A matrix that multiplies from the right: tensors of the checkpoint whose outputs stand side by side. */
export interface Matrix {
  /** Tensors `[outputs, inputs]`, as PyTorch stores them. */
  readonly parts: ReadonlyArray<{ readonly name: string; readonly outputs: number }>
  readonly inputs: number
  /** Tensors are stored `[inputs, outputs]`. Default false. */
  readonly transposed?: boolean | undefined
  /** Which stored output comes first, second, …, counted over all parts. Default: as stored. */
  readonly order?: ReadonlyArray<number> | undefined
  /** One tensor `[outputs]` for each part, that is added. */
  readonly biases?: ReadonlyArray<string> | undefined
}

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
}

/** The weights of a checkpoint in float32. */
export const weightsOf = (checkpoint: Checkpoint): Weights => {
  const made = new Map<string, Side>()
  const once = (key: string, make: () => Side): Side => {
    const side = made.get(key) ?? make()
    made.set(key, side)
    return side
  }
  const numbers = (name: string, shape: ReadonlyArray<number>) => toFloat32(name, checkpoint.tensor(name, shape))
  const float32 = (name: string, shape: ReadonlyArray<number>, data: () => Float32Array): Side =>
    once(name, () => ({ name, type: "float32", shape, data: bytesOf(data()) }))

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
    linear: (graph, x, matrix) => {
      const key = keyOf(matrix)
      const outputs = matrix.parts.reduce((sum, part) => sum + part.outputs, 0)
      const side = float32(key, [outputs, matrix.inputs], () => arrange(matrix, numbers))
      const product = graph.node("FusedMatMul", [x, graph.beside(side)], {
        domain: "com.microsoft",
        attributes: { transB: 1 }
      })
      if (matrix.biases === undefined) return product
      const bias = float32(`${key}:bias`, [outputs], () => arrangeBiases(matrix, matrix.biases!, numbers))
      return graph.node("Add", [product, graph.beside(bias)])
    }
  }
}

/** A name for a matrix: that of its tensor where it is one as it stands. */
const keyOf = ({ order, parts, transposed }: Matrix): string => {
  const names = parts.map(({ name }) => name).join("+")
  return `${names}${transposed ? ":transposed" : ""}${order === undefined ? "" : ":ordered"}`
}

type Numbers = (name: string, shape: ReadonlyArray<number>) => Float32Array

/** The numbers of a matrix, `[outputs, inputs]`. */
export const arrange = (matrix: Matrix, numbers: Numbers): Float32Array => {
  const { inputs, order, parts, transposed = false } = matrix
  const pieces = parts.map(({ name, outputs }) =>
    transposed ? transpose(numbers(name, [inputs, outputs]), inputs, outputs) : numbers(name, [outputs, inputs])
  )
  return reorder(join(pieces), inputs, order)
}

const arrangeBiases = ({ order, parts }: Matrix, biases: ReadonlyArray<string>, numbers: Numbers): Float32Array =>
  reorder(join(biases.map((name, i) => numbers(name, [parts[i]!.outputs]))), 1, order)

const join = (pieces: ReadonlyArray<Float32Array>): Float32Array => {
  if (pieces.length === 1) return pieces[0]!
  const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

const reorder = (numbers: Float32Array, width: number, order: ReadonlyArray<number> | undefined): Float32Array => {
  if (order === undefined) return numbers
  const ordered = new Float32Array(numbers.length)
  order.forEach((from, to) => void ordered.set(numbers.subarray(from * width, (from + 1) * width), to * width))
  return ordered
}

const transpose = (numbers: Float32Array, rows: number, columns: number): Float32Array => {
  const turned = new Float32Array(numbers.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = numbers[row * columns + column]!
  }
  return turned
}

const bytesOf = ({ buffer, byteLength, byteOffset }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength)

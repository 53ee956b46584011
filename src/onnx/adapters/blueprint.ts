import type { Decoder } from "../decoder.ts"
import { type Matrix, nameOf } from "../matrix.ts"
import { packedModel } from "../packed.ts"
import type { Weights } from "../weights.ts"

/** What a decoder does with which tensors, without their numbers. */
export interface Blueprint {
  /** A graph that names its tensors: decoders with equal ones compute the same of them. */
  readonly bytes: Uint8Array
  /** Shapes of all tensors that are read, by name. */
  readonly tensors: ReadonlyMap<string, ReadonlyArray<number>>
  /** Those among them that multiply and serve for nothing else. */
  readonly matrices: ReadonlyMap<string, StoredMatrix>
}

/** One tensor of a matrix. */
export interface StoredMatrix {
  readonly inputs: number
  readonly outputs: number
  /** Stored `[inputs, outputs]`. */
  readonly transposed: boolean
}

/** Takes a decoder down as it is built; `has` says which tensors its checkpoint holds. */
export const blueprintOf = (decoder: Decoder, has: Weights["has"]): Blueprint => {
  const tensors = new Map<string, ReadonlyArray<number>>()
  const matrices = new Map<string, StoredMatrix>()
  const lookedUp = new Set<string>()
  const note = ({ biases = [], inputs, parts, transposed = false }: Matrix) => {
    parts.forEach(({ name, outputs }, i) => {
      tensors.set(name, transposed ? [inputs, outputs] : [outputs, inputs])
      matrices.set(name, { inputs, outputs, transposed })
      if (biases[i] !== undefined) tensors.set(biases[i], [outputs])
    })
  }
  const weights: Weights = {
    has,
    parameters: 0,
    tensor: (_, name, shape) => {
      tensors.set(name, shape)
      return name
    },
    lookup: (graph, name, shape, places) => {
      tensors.set(name, shape)
      lookedUp.add(name)
      return graph.node("Lookup", [name, places])
    },
    linear: (graph, x, matrix) => {
      note(matrix)
      return graph.node("Linear", [x, nameOf(matrix), ...(matrix.biases ?? [])])
    },
    linears: (graph, x, matrix) => {
      note(matrix)
      return graph.nodes("Linears", [x, nameOf(matrix), ...(matrix.biases ?? [])], matrix.parts.length)
    },
    quantized: () => []
  }
  const { bytes } = packedModel(decoder, weights, 1)
  // a head that is the embedding too is no matrix alone: an update of it would be half of one
  for (const name of lookedUp) matrices.delete(name)
  return { bytes, tensors, matrices }
}

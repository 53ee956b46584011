import { constant } from "../constants.ts"
import { floats } from "../floats.ts"
import type { Graph, Side, Value } from "../graph.ts"
import { type Matrix, nameOf, outputsOf, reorder } from "../matrix.ts"
import type { Weights } from "../weights.ts"
import type { Adapter, LowRank } from "./adapter.ts"

/** Adapters of low rank beside the weights of their base, with coefficients for each token of a run. */
export interface SidePaths {
  /** Adapters, and numbers of a mix. */
  readonly count: number
  /** The same weights, for one graph, but every matrix adds what the adapters add to it. */
  readonly beside: (weights: Weights, mix: MixInput) => Weights
}

/** The coefficients as a graph has them, `[1, n, count]`, and those of the tokens whose rows are asked for. */
export interface MixInput {
  readonly all: Value
  readonly selected: () => Value
}

/**
 * `W x + sum over adapters a of c_a * s_a * B_a A_a x`: all `A` of a matrix stand in one, `[ranks, inputs]`, all `s B`
 * in another, `[outputs, ranks]`, with zeros where a part of the matrix has none; between them each number is
 * multiplied by the coefficient of its adapter. Adapters that are no sums of matrices of low rank add nothing. The
 * `count` adapters are asked for when the first graph is built.
 */
export const sidePaths = (count: number, adapters: () => ReadonlyArray<Adapter>): SidePaths => {
  const made = new Map<string, Path | undefined>()
  const pathOf = (matrix: Matrix): Path | undefined => {
    const name = nameOf(matrix)
    if (!made.has(name)) made.set(name, pathBeside(matrix, adapters()))
    return made.get(name)
  }
  return {
    count,
    beside: (weights, mix) => {
      const factors = new Map<string, Value>()
      const factorsOf = (graph: Graph, { owners }: Path, head: boolean): Value => {
        const key = `${head}:${owners}`
        const places = constant(graph, "int64", owners)
        const made =
          factors.get(key) ??
          graph.node("Gather", [head ? mix.selected() : mix.all, places], { attributes: { axis: 2 } })
        factors.set(key, made)
        return made
      }
      const add = (graph: Graph, x: Value, matrix: Matrix, product: Value): Value => {
        const path = pathOf(matrix)
        if (path === undefined) return product
        const inside = graph.node("Mul", [times(graph, x, path.down), factorsOf(graph, path, matrix.head === true)])
        return graph.node("Add", [product, times(graph, inside, path.up)])
      }
      return {
        ...weights,
        linear: (graph, x, matrix) => add(graph, x, matrix, weights.linear(graph, x, matrix)),
        linears: (graph, x, matrix) =>
          weights
            .linears(graph, x, matrix)
            .map((product, i) => add(graph, x, { ...matrix, parts: [matrix.parts[i]!] }, product))
      }
    }
  }
}

const times = (graph: Graph, x: Value, side: Side): Value =>
  graph.node("FusedMatMul", [x, graph.beside(side)], { domain: "com.microsoft", attributes: { transB: 1 } })

/** What stands beside a matrix. */
interface Path {
  readonly down: Side
  readonly up: Side
  /** The adapter that each rank belongs to. */
  readonly owners: ReadonlyArray<number>
}

const pathBeside = (matrix: Matrix, adapters: ReadonlyArray<Adapter>): Path | undefined => {
  const pieces: Array<{ readonly owner: number; readonly first: number; readonly update: LowRank }> = []
  let first = 0
  for (const { name, outputs } of matrix.parts) {
    adapters.forEach((adapter, owner) => {
      const update = adapter.kind === "low-rank" ? adapter.updates.get(name) : undefined
      if (update !== undefined) pieces.push({ owner, first, update })
    })
    first += outputs
  }
  if (pieces.length === 0) return undefined
  const owners = pieces.flatMap(({ owner, update }) => Array.from({ length: update.rank }, () => owner))
  const [ranks, inputs, outputs] = [owners.length, matrix.inputs, outputsOf(matrix)]
  const [down, up] = [floats(ranks * inputs), floats(outputs * ranks)]
  let rank = 0
  for (const { first, update } of pieces) {
    down.set(update.down, rank * inputs)
    for (let output = 0; output < update.outputs; output++) {
      for (let i = 0; i < update.rank; i++) {
        up[(first + output) * ranks + rank + i] = update.scale * update.up[output * update.rank + i]!
      }
    }
    rank += update.rank
  }
  const side = (part: string, shape: ReadonlyArray<number>, data: Float32Array): Side => ({
    name: `${nameOf(matrix)}:${part}`,
    type: "float32",
    shape,
    data: new Uint8Array(data.buffer)
  })
  return {
    owners,
    down: side("down", [ranks, inputs], down),
    up: side("up", [outputs, ranks], reorder(up, ranks, matrix.order))
  }
}

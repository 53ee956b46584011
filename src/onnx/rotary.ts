import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"
import { constant } from "./constants.ts"
import type { Rotary } from "./decoder.ts"
import type { Graph, Value } from "./graph.ts"

/**
 * The angle per position of each pair of dimensions, as Hugging Face computes it in float32. Reads both styles of
 * config.json: `rope_parameters` (transformers 5) and `rope_theta` with `rope_scaling` (before).
 *
 * Shapes: `[headSize / 2]`.
 */
export const rotaryFrequencies = (config: Config, headSize: number): Float32Array<ArrayBuffer> => {
  const field = config.has("rope_parameters")
    ? "rope_parameters"
    : config.has("rope_scaling")
      ? "rope_scaling"
      : undefined
  const scaling = field === undefined ? undefined : config.section(field)
  const theta = scaling?.has("rope_theta") ? scaling.number("rope_theta") : config.number("rope_theta", 10_000)
  const type = scaling === undefined ? "default" : scaling.string("rope_type", scaling.string("type", "default"))
  const scale = Object.hasOwn(scalings, type) ? scalings[type] : undefined
  if (scale === undefined) {
    throw new CheckpointError(
      `Cannot rotate with the ${field} that config.json asks for: "${type}" is none of ${Object.keys(scalings).join(", ")}`
    )
  }
  const frequencies = new Float32Array(headSize / 2)
  for (let i = 0; i < frequencies.length; i++) {
    frequencies[i] = 1 / Math.fround(theta ** Math.fround((2 * i) / headSize))
  }
  return scaling === undefined ? frequencies : frequencies.map(scale(scaling))
}

const scalings: Readonly<Record<string, (config: Config) => (frequency: number) => number>> = {
  default: () => (frequency) => frequency,
  linear: (config) => {
    const factor = config.number("factor")
    return (frequency) => frequency / factor
  },
  // slow rotations are stretched, fast ones kept, those between interpolated
  llama3: (config) => {
    const factor = config.number("factor")
    const low = config.number("low_freq_factor")
    const high = config.number("high_freq_factor")
    const trained = config.number("original_max_position_embeddings")
    return (frequency) => {
      const turns = (trained * frequency) / (2 * Math.PI)
      if (turns < low) return frequency / factor
      if (turns > high) return frequency
      const kept = (turns - low) / (high - low)
      return ((1 - kept) * frequency) / factor + kept * frequency
    }
  }
}

/** Turns `[1, n, heads * headSize]` by the positions of its tokens. */
export type Turn = (x: Value, heads: number) => Value

/**
 * Turns queries or keys by their positions `[1, n]`. The angles are computed in the graph once a run and rotary
 * embedding, for the tokens of that run only, so that no table bounds the context.
 */
export const turns = (graph: Graph, positions: Value): ((rotary: Rotary) => Turn) => {
  const made = new Map<Rotary, Turn>()
  return (rotary) => {
    const turn = made.get(rotary) ?? turnBy(graph, positions, rotary)
    made.set(rotary, turn)
    return turn
  }
}

const turnBy = (graph: Graph, positions: Value, { frequencies, scale = 1 }: Rotary): Turn => {
  const column = graph.node("Transpose", [graph.node("Cast", [positions], { attributes: { to: 1 } })])
  const angles = graph.node("Mul", [column, constant(graph, "float32", frequencies, [1, frequencies.length])])
  const [cosines, sines] = ["Cos", "Sin"].map((wave) => {
    const values = graph.node(wave, [angles])
    return scale === 1 ? values : graph.node("Mul", [values, constant(graph, "float32", [scale], [])])
  })
  const first = constant(graph, "int64", [0])
  return (x, heads) =>
    graph.node("RotaryEmbedding", [x, first, cosines!, sines!], {
      domain: "com.microsoft",
      attributes: { num_heads: heads, rotary_embedding_dim: 2 * frequencies.length }
    })
}

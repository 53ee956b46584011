import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"
import type { Rotary } from "./decoder.ts"

/** What a type of rotary embedding starts from. */
export interface Given {
  /** The type's own fields. */
  readonly parameters: Config
  readonly theta: number
  /** How many numbers of a head are turned. */
  readonly dimensions: number
  readonly headSize: number
  /** The window that config.json gives. */
  readonly length: number
  /** The window that the model was trained with, before it was stretched. */
  readonly trained: number
}

/** How positions turn, and the context in which they turn so. */
export interface Rope {
  readonly rotary: Rotary
  readonly contextLength: number
}

/** Frequencies are multiplied by thousands of positions, so all is computed in float32 in the order of Hugging Face. */
const f32 = Math.fround

/** theta to the power of 2i / dimensions: the wave length over 2 pi. */
const lengths = ({ dimensions, theta }: Given): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(dimensions / 2) }, (_, i) => f32(theta ** f32((2 * i) / dimensions)))

const frequencies = (given: Given): ReadonlyArray<number> => lengths(given).map((length) => f32(1 / length))

const rope = ({ length }: Given, turns: ReadonlyArray<number>, scale?: number): Rope => ({
  rotary: { frequencies: Float32Array.from(turns), ...(scale === undefined ? {} : { scale }) },
  contextLength: length
})

const linear = (given: Given): Rope => {
  const factor = given.parameters.positive("factor")
  return rope(
    given,
    frequencies(given).map((frequency) => frequency / factor)
  )
}

/** Stretches what is longer than the window of config.json; no context is. */
const dynamic = (given: Given): Rope => {
  given.parameters.positive("factor")
  return rope(given, frequencies(given))
}

/** Slow rotations are stretched, fast ones kept, those between interpolated. */
const llama3 = (given: Given): Rope => {
  const factor = given.parameters.positive("factor")
  const low = given.parameters.positive("low_freq_factor")
  const high = given.parameters.positive("high_freq_factor")
  const stretched = (frequency: number): number => {
    const wave = f32(f32(1 / frequency) * f32(2 * Math.PI))
    const turns = f32(f32(1 / wave) * given.trained)
    if (turns < low) return frequency / factor
    if (turns > high) return frequency
    const kept = f32(f32(turns - low) / (high - low))
    return f32(f32(f32(1 - kept) * frequency) / factor) + f32(kept * frequency)
  }
  return rope(given, frequencies(given).map(stretched))
}

/** The same with a ramp over dimensions, and sharper attention (Peng et al., https://arxiv.org/abs/2309.00071). */
const yarn = (given: Given): Rope => {
  const { dimensions, length, parameters, theta, trained } = given
  const factor = parameters.positive("factor", length / trained)
  /** The dimension that turns so often within the trained window. */
  const dimension = (turns: number) => (dimensions * Math.log(trained / (turns * 2 * Math.PI))) / (2 * Math.log(theta))
  const exact = [
    dimension(parameters.positive("beta_fast", 32)),
    dimension(parameters.positive("beta_slow", 1))
  ] as const
  const [first, last] = parameters.boolean("truncate", true) ? [Math.floor(exact[0]), Math.ceil(exact[1])] : exact
  const [low, high] = [Math.max(first, 0), Math.min(last, dimensions - 1)]
  const stretched = lengths(given).map((wave, i) => {
    const ramp = f32(f32(i - f32(low)) / f32(high === low ? 0.001 : high - low))
    const kept = f32(1 - Math.min(Math.max(ramp, 0), 1))
    return f32(f32(1 / f32(factor * wave)) * f32(1 - kept)) + f32(f32(1 / wave) * kept)
  })
  const sharper = (by: number) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1)
  const [mscale, all] = [parameters.number("mscale", 0), parameters.number("mscale_all_dim", 0)]
  const usual = mscale !== 0 && all !== 0 ? sharper(mscale) / sharper(all) : sharper(1)
  return rope(given, stretched, parameters.positive("attention_factor", usual))
}

/**
 * Each pair stretched by a factor of its own (https://arxiv.org/abs/2402.13753). A model is a function of its context,
 * so the short factors hold throughout, and the window ends where Hugging Face would go over to the long ones.
 */
const longrope = (given: Given): Rope => {
  const { length, parameters, trained } = given
  const factors = parameters.numbers("short_factor")
  const waves = lengths(given)
  if (factors.length !== waves.length) {
    throw new CheckpointError(
      `Cannot turn ${waves.length} pairs of dimensions by short_factor of config.json: it has ${factors.length} numbers`
    )
  }
  const factor = parameters.positive("factor", length / trained)
  const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trained))
  const stretched = waves.map((wave, i) => 1 / f32(f32(factors[i]!) * wave))
  const { rotary } = rope(given, stretched, parameters.positive("attention_factor", usual))
  return { rotary, contextLength: Math.min(length, trained) }
}

/** The part of a head that is turned is spread over all of it; the other pairs stand still. */
const proportional = (given: Given): Rope => {
  const { headSize, dimensions, parameters } = given
  const turning = Math.floor(dimensions / 2)
  const all = frequencies({ ...given, dimensions: headSize })
  const factor = parameters.positive("factor", 1)
  return rope(
    given,
    all.map((frequency, i) => (i < turning ? frequency / factor : 0))
  )
}

/** Types of rotary embedding, by the name that config.json gives them. */
export const ropeScalings: Readonly<Record<string, (given: Given) => Rope>> = {
  default: (given) => rope(given, frequencies(given)),
  linear,
  dynamic,
  llama3,
  yarn,
  longrope,
  proportional
}

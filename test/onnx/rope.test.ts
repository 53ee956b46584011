import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { CheckpointError } from "../../src/onnx/checkpoint_error.ts"
import { parseConfig } from "../../src/onnx/config.ts"
import { type RopeDefaults, ropeOf } from "../../src/onnx/rope.ts"

const of = (config: Record<string, unknown>, headSize = 4, defaults: RopeDefaults = {}) => {
  const { contextLength, rotary } = ropeOf(
    parseConfig(JSON.stringify({ max_position_embeddings: 128, ...config })),
    headSize,
    defaults
  )
  return { contextLength, frequencies: Array.from(rotary.frequencies), scale: rotary.scale ?? 1 }
}
const frequencies = (...all: Parameters<typeof of>) => of(...all).frequencies
const f32 = (...numbers: ReadonlyArray<number>) => numbers.map(Math.fround)

test("random parameters of every type give the frequencies and the scale of Hugging Face", () => {
  const { cases } = JSON.parse(readFileSync(join(import.meta.dir, "../golden/rope/frequencies.json"), "utf8"))
  expect(cases.length).toBe(74)
  for (const { frequencies, head, length, parameters, scale } of cases) {
    const { rope_theta: theta, partial_rotary_factor: part, ...scaling } = parameters
    const newer = { max_position_embeddings: length, rope_parameters: parameters }
    const older = {
      max_position_embeddings: length,
      rope_theta: theta,
      partial_rotary_factor: part ?? null,
      rope_scaling: scaling
    }
    for (const config of [newer, older]) {
      const ours = of(config, head)
      expect(ours.frequencies.length).toBe(frequencies.length)
      ours.frequencies.forEach((frequency, i) => {
        // to the last bits of float32
        expect(Math.abs(frequency - frequencies[i])).toBeLessThanOrEqual(2 ** -22 * frequencies[i])
      })
      expect(ours.scale).toBeCloseTo(scale, 12)
    }
  }
})

describe("by hand", () => {
  test("default: theta to the power of -2i/headSize, in either style", () => {
    expect(frequencies({})).toEqual(f32(1, 0.01))
    expect(frequencies({ rope_theta: 100 })).toEqual(f32(1, 0.1))
    expect(frequencies({ rope_parameters: { rope_theta: 100, rope_type: "default" } })).toEqual(f32(1, 0.1))
    expect(frequencies({ rope_theta: 100, rope_scaling: null })).toEqual(f32(1, 0.1))
    expect(frequencies({}, 4, { theta: 100 })).toEqual(f32(1, 0.1))
  })

  test("linear: divided by the factor, in either style", () => {
    expect(frequencies({ rope_theta: 100, rope_scaling: { type: "linear", factor: 4 } })).toEqual(f32(0.25, 0.025))
    expect(frequencies({ rope_parameters: { rope_theta: 100, rope_type: "linear", factor: 4 } })).toEqual(
      f32(0.25, 0.025)
    )
  })

  test("dynamic: the window ends where it would begin to stretch", () => {
    const { contextLength, frequencies } = of({ rope_theta: 100, rope_scaling: { type: "dynamic", factor: 4 } })
    expect({ contextLength, frequencies }).toEqual({ contextLength: 128, frequencies: f32(1, 0.1) })
  })

  test("llama3: fast ones kept, slow ones divided, those between interpolated", () => {
    const scaling = {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64
    }
    // 64 tokens are 10.2, 1.02, 0.1 and 0.01 turns
    const kept = ((64 * 0.1) / (2 * Math.PI) - 1) / 3
    const [first, second, third, fourth] = frequencies({ rope_scaling: scaling }, 8)
    expect(first).toBe(1)
    expect(second).toBeCloseTo(((1 - kept) * 0.1) / 8 + kept * 0.1, 7)
    expect(third).toBeCloseTo(0.01 / 8, 8)
    expect(fourth).toBeCloseTo(0.001 / 8, 9)
  })

  test("longrope: each pair by its short factor, and the window that the model was trained with", () => {
    const scaling = { rope_type: "longrope", short_factor: [2, 4], long_factor: [8, 8] }
    const config = { rope_theta: 100, rope_scaling: scaling, original_max_position_embeddings: 32 }
    const { contextLength, frequencies, scale } = of(config)
    expect({ contextLength, frequencies }).toEqual({ contextLength: 32, frequencies: f32(0.5, 0.025) })
    expect(scale).toBeCloseTo(Math.sqrt(1 + Math.log(128 / 32) / Math.log(32)), 12)
    expect(of({ ...config, original_max_position_embeddings: 128 })).toMatchObject({ contextLength: 128, scale: 1 })
    expect(of({ ...config, original_max_position_embeddings: 256 })).toMatchObject({ contextLength: 128, scale: 1 })
  })

  test("part of a head: fewer pairs, under the name that the family has for it", () => {
    const names = { theta: "rotary_emb_base", part: "rotary_pct" }
    expect(frequencies({ rope_theta: 100 }, 16, { part: 0.25 })).toEqual(f32(1, 0.1))
    expect(frequencies({ rotary_emb_base: 100, rotary_pct: 0.25 }, 16, { part: 1, names })).toEqual(f32(1, 0.1))
    expect(frequencies({ rope_theta: 100, partial_rotary_factor: 0.5 }, 8, { part: 1 })).toEqual(f32(1, 0.1))
    // three pairs for five numbers, as Hugging Face has it
    expect(frequencies({ partial_rotary_factor: 0.5 }, 11, { part: 1 }).length).toBe(3)
  })

  test("rope_scaling counts where both styles are there", () => {
    const config = { rope_theta: 100, rope_parameters: { rope_theta: 9 }, rope_scaling: { type: "linear", factor: 4 } }
    expect(frequencies(config)).toEqual(f32(0.25, 0.025))
  })
})

describe("refused", () => {
  const cases: ReadonlyArray<readonly [string, Record<string, unknown>, string, number?]> = [
    [
      "an unknown type",
      { rope_parameters: { rope_type: "spiral" } },
      'rope_parameters that config.json asks for: "spiral" is none of default, linear, dynamic, llama3, yarn'
    ],
    ["an unknown type, older style", { rope_scaling: { type: "toString" } }, "rope_scaling that config.json asks for"],
    ["a missing field", { rope_scaling: { type: "linear" } }, "Cannot read rope_scaling.factor of config.json"],
    [
      "a factor of zero",
      { rope_scaling: { type: "linear", factor: 0 } },
      "rope_scaling.factor of config.json as a number above zero: 0"
    ],
    ["a base below zero", { rope_theta: -1 }, "rope_theta of config.json as a number above zero: -1"],
    ["a missing field of dynamic", { rope_scaling: { type: "dynamic" } }, "Cannot read rope_scaling.factor"],
    [
      "factors that do not fit",
      { rope_scaling: { type: "longrope", short_factor: [1], long_factor: [1] } },
      "Cannot turn 2 pairs of dimensions by short_factor of config.json: it has 1 numbers"
    ],
    [
      "factors that are no numbers",
      { rope_scaling: { type: "longrope", short_factor: ["a", 1] } },
      "a list of numbers"
    ],
    ["a part of each head", { partial_rotary_factor: 0.5 }, "partial_rotary_factor of config.json, 0.5"],
    ["an odd head", {}, "Cannot turn 5 numbers of each head in pairs: config.json has heads of 5", 5],
    ["layers of several kinds", { rope_parameters: { full_attention: {} } }, "rope_parameters.full_attention"]
  ]
  for (const [name, config, expected, headSize] of cases) {
    test(name, () => {
      expect(() => of(config, headSize)).toThrow(CheckpointError)
      expect(() => of(config, headSize)).toThrow(expected)
    })
  }

  test("a part of nothing", () =>
    expect(() => of({ partial_rotary_factor: 0.1 }, 4, { part: 1 })).toThrow("Cannot turn 0 numbers of each head"))
})

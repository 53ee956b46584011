import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { openByBinding } from "../../../src/backends/onnxruntime/binding_session.ts"
import { packedRunner } from "../../../src/backends/onnxruntime/packed_runner.ts"
import { makeScorer } from "../../../src/backends/onnxruntime/scorer.ts"
import { settingsOf } from "../../../src/backends/onnxruntime/settings.ts"
import { fromFiles } from "../../../src/onnx/checkpoint.ts"
import type { Attention, Decoder } from "../../../src/onnx/decoder.ts"
import { weightsOf } from "../../../src/onnx/weights.ts"
import { safetensors } from "../../onnx/safetensors_file.ts"
import { rowDistance } from "../../support/language_model_laws.ts"

const vocabulary = 7
type Setting = Omit<Attention, "projected" | "rotary"> & {
  readonly rotary?: { readonly frequencies: ReadonlyArray<number>; readonly scale?: number } | undefined
  /** Queries, keys and values are given each for itself. */
  readonly apart: boolean
}

/** Numbers that stand for the queries, keys and values of each token. */
const tableOf = (width: number) =>
  Float32Array.from({ length: vocabulary * width }, (_, i) => 2 * Math.sin(12.9898 * (i + 1) + 78.233))

/** A decoder without matrices: its rows are what its layers attend to, one beside the other. */
const bare = (layers: ReadonlyArray<Setting>): Decoder => {
  const { headSize, keyValueHeads, queryHeads } = layers[0]!
  const widths = [queryHeads, keyValueHeads, keyValueHeads].map((heads) => heads * headSize)
  const width = widths.reduce((a, b) => a + b)
  return {
    contextLength: 99,
    vocabularySize: layers.length * widths[0]!,
    layers: layers.length,
    keyValueWidth: widths[1]!,
    build: (graph, form, weights) => {
      const one = weights.lookup(graph, "table", [vocabulary, width], form.tokens)
      const lengths = graph.weight(
        "widths",
        "int64",
        [3],
        new Uint8Array(BigInt64Array.from(widths.map(BigInt)).buffer)
      )
      const [query, key, value] = graph.nodes("Split", [one, lengths], 3, { attributes: { axis: 2 } })
      const rows = layers.map(({ apart, rotary, ...attention }, layer) => {
        const turned = rotary && { ...rotary, frequencies: Float32Array.from(rotary.frequencies) }
        const projected = apart ? { query: query!, key: key!, value: value! } : one
        return form.attend(layer, { ...attention, rotary: turned, projected })
      })
      return form.select(graph.node("Concat", rows, { attributes: { axis: 2 } }))
    }
  }
}

const rowsOf = async (
  layers: ReadonlyArray<Setting>,
  contexts: ReadonlyArray<ReadonlyArray<number>>,
  blockLength = 512
) => {
  const { headSize, keyValueHeads, queryHeads } = layers[0]!
  const width = (queryHeads + 2 * keyValueHeads) * headSize
  const table = tableOf(width)
  const file = safetensors(
    { table: { dtype: "F32", shape: [vocabulary, width], data_offsets: [0, table.byteLength] } },
    new Uint8Array(table.buffer)
  )
  const settings = settingsOf({ blockLength, slots: [contexts.length], threads: 1 })
  const weights = weightsOf(fromFiles(new Map([["table.safetensors", file]])))
  const runner = await packedRunner(bare(layers), weights, openByBinding(settings), settings)
  const scorer = makeScorer(runner, 0)
  const rows = await scorer.score(contexts.map((context) => ({ context: Int32Array.from(context), from: 1 })))
  await runner.release()
  return rows
}

/** The same by the plain formulas. */
const expectedRows = (setting: Setting, context: ReadonlyArray<number>): ReadonlyArray<Float32Array> => {
  const { headSize, keyValueHeads, queryHeads, rotary, scale, slopes, softcap, window = Infinity } = setting
  const width = (queryHeads + 2 * keyValueHeads) * headSize
  const table = tableOf(width)
  const part = (position: number, head: number) => {
    const at = context[position]! * width + head * headSize
    const x = Array.from(table.subarray(at, at + headSize))
    if (rotary === undefined || head >= queryHeads + keyValueHeads) return x
    const half = rotary.frequencies.length
    return x.map((value, i) => {
      if (i >= 2 * half) return value
      const angle = position * rotary.frequencies[i % half]!
      const partner = i < half ? -x[i + half]! : x[i - half]!
      return (value * Math.cos(angle) + partner * Math.sin(angle)) * (rotary.scale ?? 1)
    })
  }
  return context.map((_, now) =>
    Float32Array.from(
      Array.from({ length: queryHeads }, (_, head) => {
        const shared = queryHeads + Math.floor((head * keyValueHeads) / queryHeads)
        const query = part(now, head)
        const seen = context.map((_, then) => then).filter((then) => then <= now && then > now - window)
        const scores = seen.map((then) => {
          const key = part(then, shared)
          const score = scale * query.reduce((sum, x, i) => sum + x * key[i]!, 0)
          const capped = softcap === undefined ? score : softcap * Math.tanh(score / softcap)
          return Math.exp(capped - (slopes?.[head] ?? 0) * (now - then))
        })
        const total = scores.reduce((a, b) => a + b)
        return Array.from({ length: headSize }, (_, i) =>
          seen.reduce((sum, then, j) => sum + (scores[j]! / total) * part(then, shared + keyValueHeads)[i]!, 0)
        )
      }).flat()
    )
  )
}

const contexts = fc.array(fc.array(fc.nat(vocabulary - 1), { minLength: 1, maxLength: 24 }), {
  minLength: 1,
  maxLength: 3
})
/** Two layers of the same heads. */
const layers: fc.Arbitrary<ReadonlyArray<Setting>> = fc
  .record({
    keyValueHeads: fc.integer({ min: 1, max: 3 }),
    shared: fc.integer({ min: 1, max: 3 }),
    half: fc.integer({ min: 1, max: 4 })
  })
  .chain(({ half, keyValueHeads, shared }) =>
    fc.record({
      keyValueHeads: fc.constant(keyValueHeads),
      queryHeads: fc.constant(keyValueHeads * shared),
      headSize: fc.constant(2 * half),
      scale: fc.constantFrom(0.2, 1, 1.7),
      window: fc.option(fc.integer({ min: 1, max: 26 }), { nil: undefined }),
      softcap: fc.option(fc.constantFrom(0.5, 3), { nil: undefined }),
      slopes: fc.option(
        fc.array(fc.constantFrom(0, 0.1, 0.5, 2), {
          minLength: keyValueHeads * shared,
          maxLength: keyValueHeads * shared
        }),
        { nil: undefined }
      ),
      rotary: fc.option(
        fc.record({
          frequencies: fc.array(fc.constantFrom(1, 0.3, 0.01), { minLength: 1, maxLength: half }),
          scale: fc.constantFrom(1, 1.3)
        }),
        { nil: undefined }
      ),
      apart: fc.boolean()
    })
  )
  .chain((first) =>
    fc
      .tuple(fc.option(fc.integer({ min: 1, max: 26 }), { nil: undefined }), fc.boolean())
      .map(([window, apart]) => [first, { ...first, window, apart }])
  )

describe("the packed form attends by the plain formulas", () => {
  test("with any heads, positions, window, cap and slopes, for several sequences in blocks", () =>
    fc.assert(
      fc.asyncProperty(layers, contexts, fc.constantFrom(1, 3, 512), async (layers, contexts, blockLength) => {
        const all = await rowsOf(layers, contexts, blockLength)
        contexts.forEach((context, i) => {
          const [first, second] = layers.map((layer) => expectedRows(layer, context))
          const both = first!.map((row, at) => Float32Array.from([...row, ...second![at]!]))
          expect(rowDistance(all[i]!, both)).toBeLessThan(2e-5)
        })
      }),
      { numRuns: 60 }
    ))

  test("a window that holds the whole context is none; a shorter one is seen from its length on", () =>
    fc.assert(
      fc.asyncProperty(layers, contexts, fc.nat(30), async ([setting], [context], extra) => {
        const length = context!.length
        const [none, enough] = await Promise.all(
          [undefined, length + extra].map((window) => rowsOf([{ ...setting!, window }], [context!]))
        )
        expect(enough).toEqual(none!)
        const short = await rowsOf([{ ...setting!, window: Math.ceil(length / 2) }], [context!])
        const same = short[0]!.findIndex((row, i) => rowDistance([row], [none![0]![i]!]) > 1e-5)
        expect(same === -1 || same >= Math.ceil(length / 2)).toBe(true)
      }),
      { numRuns: 20 }
    ))

  test("two tokens by hand: half and half where all is alike, by the slope where one is far", async () => {
    const setting = { keyValueHeads: 1, queryHeads: 1, headSize: 2, scale: 1e-9, apart: true }
    const value = (token: number) => Array.from(tableOf(6).subarray(6 * token + 4, 6 * token + 6))
    const mixed = (far: number) => value(1).map((x, i) => far * x + (1 - far) * value(2)[i]!)
    const last = async (more: Partial<Setting>) =>
      Array.from((await rowsOf([{ ...setting, ...more }], [[1, 2]]))[0]![1]!)
    const close = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
      a.forEach((x, i) => void expect(x).toBeCloseTo(b[i]!, 6))
    close(await last({}), mixed(1 / 2))
    close(await last({ slopes: [Math.log(3)] }), mixed(1 / 4))
    close(await last({ window: 1 }), mixed(0))
  })
})

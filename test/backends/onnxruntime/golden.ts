import { join } from "node:path"
import * as Effect from "effect/Effect"
import { fromCheckpoint, type LoadOptions } from "../../../src/backends/onnxruntime/load_model.ts"
import type { LanguageModel } from "../../../src/model/language_model.ts"

export const decoders = join(import.meta.dir, "../../golden/decoders")
export const settings = join(import.meta.dir, "../../golden/settings")
export const tales = join(import.meta.dir, "../../../src/embedded/tales")
export const shared = join(import.meta.dir, "../../../../shared")

interface Case {
  readonly context: ReadonlyArray<number>
  readonly rows: ReadonlyArray<Float32Array>
}

/** Contexts and the rows that Hugging Face computes after each of their tokens. */
export const goldenCases = async (folder: string): Promise<ReadonlyArray<Case>> => {
  const { shape, tokens } = await Bun.file(join(folder, "cases.json")).json()
  const logits = new Float32Array(await Bun.file(join(folder, "logits.f32")).arrayBuffer())
  let at = 0
  return tokens.map((context: ReadonlyArray<number>, i: number) => {
    const [count, size] = shape[i]
    const rows = Array.from({ length: count }, (_, row) => logits.subarray(at + row * size, at + (row + 1) * size))
    at += count * size
    return { context, rows }
  })
}

/** Contexts and the row that Hugging Face computes after the last token of each. */
export const talesCases = async (): Promise<ReadonlyArray<Case>> => {
  const folder = join(import.meta.dir, "../../golden/tales")
  const { cases, vocabulary } = await Bun.file(join(folder, "cases.json")).json()
  const logits = new Float32Array(await Bun.file(join(folder, "logits.f32")).arrayBuffer())
  return cases.map(({ tokens }: { tokens: ReadonlyArray<number> }, i: number) => ({
    context: tokens,
    rows: [logits.subarray(i * vocabulary, (i + 1) * vocabulary)]
  }))
}

/** Runs `body` on the model of a folder, and closes the model. */
export const withCheckpoint = <A>(folder: string, body: (model: LanguageModel) => Promise<A>, options?: LoadOptions) =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(fromCheckpoint(folder, options), (model) => Effect.promise(() => body(model))))
  )

export const rowsOf = async (model: LanguageModel, context: ReadonlyArray<number>, from: number) =>
  (await Effect.runPromise(model.score([{ context, from }])))[0]!

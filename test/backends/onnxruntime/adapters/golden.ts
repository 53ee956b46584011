import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Interpolation } from "polylogit"
import { fromCheckpoint, type LoadOptions } from "../../../../src/backends/onnxruntime/load_model.ts"
import type { LanguageModel, Variant } from "../../../../src/model/language_model.ts"

const root = join(import.meta.dir, "../../../golden/adapters")

/** A tiny Llama. */
export const base = join(root, "base")
/** Its PEFT adapters: folders by name. */
export const folders: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "base")
    .map(({ name }) => [name, join(root, name)] as const)
    .sort()
)

const { attributes, mixes, tokens } = JSON.parse(readFileSync(join(root, "cases.json"), "utf8")) as {
  readonly attributes: Readonly<Record<string, readonly [string, string]>>
  readonly mixes: ReadonlyArray<Readonly<Record<string, { readonly lambda: number; readonly alpha: number }>>>
  readonly tokens: ReadonlyArray<ReadonlyArray<number>>
}

interface Case {
  /** Settings of each attribute, as `Formula.interpolate` takes them. */
  readonly settings: Interpolation.MixSettings
  readonly variant: Variant
  readonly context: ReadonlyArray<number>
  readonly rows: ReadonlyArray<Float32Array>
}

/** Mixes `sum of lambda (alpha d+ + (1 - alpha) d-)` as variants, contexts, and the rows of Hugging Face and PEFT. */
export const cases: ReadonlyArray<Case> = (() => {
  const logits = new Float32Array(new Uint8Array(readFileSync(join(root, "logits.f32"))).buffer)
  let at = 0
  const size = 160
  return mixes.flatMap((mix) => {
    const anchored = Object.entries(mix).map(([name, numbers]) => {
      const [positive, negative] = attributes[name]!
      return [name, { ...numbers, positive, negative }] as const
    })
    const variant = anchored.flatMap(
      ([, { alpha, lambda, negative, positive }]): Variant => [
        [positive, lambda * alpha],
        [negative, lambda * (1 - alpha)]
      ]
    )
    return tokens.map((context) => {
      const rows = context.map((_, i) => logits.subarray(at + i * size, at + (i + 1) * size))
      at += context.length * size
      return { settings: Object.fromEntries(anchored), variant, context, rows }
    })
  })
})()

/** The base with all its adapters. */
export const open = (options: LoadOptions = {}): ReturnType<typeof fromCheckpoint> =>
  fromCheckpoint(base, { adapters: folders, ...options })

/** Runs `body` on a model, and closes the model. */
export const using = <A, E>(
  opened: Effect.Effect<LanguageModel, E, Scope.Scope>,
  body: (model: LanguageModel) => Promise<A>
): Promise<A> => Effect.runPromise(Effect.scoped(Effect.flatMap(opened, (model) => Effect.promise(() => body(model)))))

/** The rows of one request after another, made at once. */
export const score = (
  model: LanguageModel,
  ...requests: ReadonlyArray<{
    readonly context: ReadonlyArray<number>
    readonly from?: number
    readonly variant?: Variant
  }>
): Promise<ReadonlyArray<ReadonlyArray<Float32Array>>> =>
  Effect.runPromise(model.score(requests.map((request) => ({ from: 1, ...request }))))

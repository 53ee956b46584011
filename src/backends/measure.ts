import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { argmax } from "../logits/selection.ts"
import type { LanguageModel, ModelError } from "../model/language_model.ts"

/** What a model costs on this machine. */
export interface Measurement {
  /** Memory of the process with the model loaded and used, and before. Units: bytes. */
  readonly resident: number
  readonly residentBefore: number
  /** From opening to the first row. Units: milliseconds. */
  readonly load: number
  /** A prompt of so many tokens, none of them seen before, scored at once. Units: milliseconds. */
  readonly prefill: { readonly tokens: number; readonly time: number }
  /** So many tokens behind it, one at a time; the time is that of one, a median. Units: milliseconds. */
  readonly decode: { readonly tokens: number; readonly time: number }
}

/** How much is scored. */
export interface MeasureOptions {
  /** Tokens of the prompt: fewer where the window is smaller. Default 256. */
  readonly prompt?: number
  /** Tokens behind it. Default 64. */
  readonly decoded?: number
  /** Told how many of the tokens behind the prompt are done. */
  readonly progress?: (done: number, total: number) => void
}

/** Opens a model and measures what it costs: the likeliest token follows, behind a prompt of arbitrary tokens. */
export const measure = <E>(
  open: Effect.Effect<LanguageModel, E, Scope.Scope>,
  { decoded = 64, progress, prompt = 256 }: MeasureOptions = {}
): Effect.Effect<{ readonly model: LanguageModel; readonly measurement: Measurement }, E | ModelError, Scope.Scope> =>
  Effect.gen(function* () {
    const residentBefore = process.memoryUsage.rss()
    const [load, model] = yield* timed(Effect.tap(open, (opened) => last(opened, [0])))
    const longest = Math.max(1, Math.min(prompt + decoded, model.contextLength) - decoded)
    const first = Array.from({ length: longest }, (_, i) => (i * 37 + 11) % model.vocabulary.size)
    let [time, row] = yield* timed(last(model, first))
    const prefill = { tokens: first.length, time }
    const times: Array<number> = []
    let context: ReadonlyArray<number> = first
    progress?.(0, decoded)
    while (times.length < decoded && context.length < model.contextLength) {
      context = [...context, argmax(row)]
      ;[time, row] = yield* timed(last(model, context))
      times.push(time)
      progress?.(times.length, decoded)
    }
    times.sort((a, b) => a - b)
    const decode = { tokens: times.length, time: times[times.length >> 1] ?? 0 }
    return { model, measurement: { resident: process.memoryUsage.rss(), residentBefore, load, prefill, decode } }
  })

const last = (model: LanguageModel, context: ReadonlyArray<number>) =>
  Effect.map(model.score([{ context, from: context.length }]), ([rows]) => rows![0]!)

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [number, A], E, R> =>
  Effect.gen(function* () {
    const begin = yield* Clock.currentTimeNanos
    const value = yield* effect
    const end = yield* Clock.currentTimeNanos
    return [Number(end - begin) / 1e6, value] as const
  })

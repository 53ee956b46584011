import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import type { LanguageModel, ModelError, ScoreRequest } from "./language_model.ts"

/** Calls of a model, by its name. */
const calls = Metric.counter("polylogit.calls", { description: "Calls of a model", incremental: true })

/** Rows that a model computed, by its name. */
const positions = Metric.counter("polylogit.positions", {
  description: "Rows that a model was asked for",
  incremental: true
})

const cached = new Map<string, { readonly calls: typeof calls; readonly positions: typeof positions }>()

const of = (model: string) => {
  const known = cached.get(model)
  if (known !== undefined) return known
  const own = {
    calls: Metric.withAttributes(calls, { model }),
    positions: Metric.withAttributes(positions, { model })
  }
  cached.set(model, own)
  return own
}

/** Whether spans go anywhere: a tracer was provided. */
export const isTraced = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  fiber.getRef(Tracer.Tracer) !== Tracer.nativeTracer

/** Runs an effect in a span, if a tracer was provided; otherwise as it is, at no cost worth naming. */
export const spanned =
  (name: string, attributes: Readonly<Record<string, unknown>>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiber((fiber) =>
      isTraced(fiber) ? (Effect.withSpan(self, name, { attributes }) as Effect.Effect<A, E, R>) : self
    )

/** Scores, counted in the metrics `polylogit.calls` and `polylogit.positions`, in a span `polylogit.score`. */
export const score = (
  model: LanguageModel,
  requests: ReadonlyArray<ScoreRequest>
): Effect.Effect<ReadonlyArray<ReadonlyArray<Float32Array>>, ModelError> =>
  Effect.withFiber((fiber) => {
    let rows = 0
    for (const { context, from } of requests) rows += context.length - from + 1
    const own = of(model.name)
    own.calls.updateUnsafe(1, fiber.context)
    own.positions.updateUnsafe(rows, fiber.context)
    const scored = model.score(requests)
    if (!isTraced(fiber)) return scored
    return Effect.withSpan(scored, "polylogit.score", {
      attributes: { model: model.name, requests: requests.length, positions: rows },
      kind: "client"
    })
  })

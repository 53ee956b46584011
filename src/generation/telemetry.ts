import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import { isTraced } from "../model/telemetry.ts"
import type { Verified } from "../sampling/stage_machine.ts"

const tokens = Metric.counter("polylogit.tokens", { description: "Tokens that were generated", incremental: true })
const decided = Metric.counter("polylogit.drafts.decided", {
  description: "Drafts that were kept or replaced",
  incremental: true
})
const kept = Metric.counter("polylogit.drafts.kept", { description: "Drafts that were kept", incremental: true })
const blocks = Metric.histogram("polylogit.block.drafts", {
  description: "Drafts that a stage checked in one call",
  boundaries: [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32]
})

/** The counters of a run, besides those of model calls. */
export interface Meter {
  /** Tokens came out. */
  readonly count: (tokens: number) => void
  /** A stage checked a block. */
  readonly verified: (verified: Verified) => void
}

/**
 * Counts a run in the metrics `polylogit.tokens`, `polylogit.drafts.decided`, `polylogit.drafts.kept` and
 * `polylogit.block.drafts`, where `Metric.snapshot` and Effect's exporters find them.
 */
export const meter: Effect.Effect<Meter> = Effect.withFiber(({ context }) =>
  Effect.succeed<Meter>({
    count: (more) => tokens.updateUnsafe(more, context),
    verified: (block) => {
      decided.updateUnsafe(Math.min(block.drafts.length, block.kept + 1), context)
      kept.updateUnsafe(block.kept, context)
      blocks.updateUnsafe(block.drafts.length, context)
    }
  })
)

/** A stream in the span `polylogit.generate`, if a tracer was provided. Model calls and blocks have spans inside of it. */
export const traced = <A, E, R>(self: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
  Stream.unwrap(
    Effect.withFiber((fiber) =>
      Effect.succeed(isTraced(fiber) ? (Stream.withSpan(self, "polylogit.generate") as Stream.Stream<A, E, R>) : self)
    )
  )

import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import type { Formula } from "../formula/formula.ts"
import { type Prepared, type PrepareError, prepare, type RowError } from "../formula/prepare.ts"
import { rowMemory } from "../formula/row_memory.ts"
import { promptTokens } from "../model/render.ts"
import { CurrentChance } from "../sampling/chance.ts"
import type { StageError } from "../sampling/stage.ts"
import { auto } from "../speculation/auto.ts"
import { course } from "../speculation/course.ts"
import { byPlans, type Pilot } from "../speculation/pilot.ts"
import type { PlanError } from "../speculation/plan.ts"
import type { AutoOptions } from "../speculation/planner.ts"
import { costs } from "./costs.ts"
import type { Event } from "./events.ts"
import { monitor, numbered } from "./monitor.ts"
import { type GenerationOptions, OptionsError, type Settings, settings } from "./options.ts"
import { sequence } from "./sequence.ts"
import { meter, traced } from "./telemetry.ts"

/** Why nothing, or no more, could be generated. */
export type GenerationError = OptionsError | PrepareError | PlanError | RowError | StageError

/**
 * Generates from a formula: events of `count` sequences side by side, each in order. Terms and sequences that are due at
 * the same moment on the same weights are scored in one call. Ending the stream early stops the work.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect, Stream } from "effect"
 * import { Formula, Generation, LanguageModel } from "polylogit"
 *
 * const turns = Formula.model(LanguageModel.table([[-Infinity, 0], [0, -Infinity]]))
 * const events = Generation.events(turns, { prompt: [0], maxTokens: 3 })
 * const run = await Effect.runPromise(Stream.runCollect(events))
 * deepEqual(run.map((event) => event._tag === "Token" ? event.token : event.reason), [1, 0, 1, "length"])
 * ```
 */
export const events = <R>(
  formula: Formula<R>,
  options: GenerationOptions = {}
): Stream.Stream<Event, GenerationError, R> =>
  Effect.gen(function* () {
    const given = yield* settings(options)
    const prepared = yield* prepare(formula, { normalize: given.normalize, drafts: given.speculate !== "off" })
    yield* refuseOutside(prepared, given)
    const seed = given.seed ?? (yield* Random.nextIntBetween(0, 2 ** 32))
    const chance = (yield* CurrentChance)(seed)
    const seen = promptTokens(prepared.vocabulary, given.prompt)
    const room = yield* prepared.room(given.prompt)
    const maxTokens = Math.min(given.maxTokens, room)
    const pilot = yield* pilotOf(prepared, given, { maxTokens, promptTokens: seen })
    const { count, verified } = yield* meter
    const terms = numbered(prepared)
    const all = Array.from({ length: given.count }, (_, i) => {
      const memory = rowMemory(pilot.reach)
      const { verifier } = given
      const run = course(pilot.way(memory), {
        sampling: given.sampling,
        verifier,
        chance,
        maxTokens,
        memory,
        observe: (_, block) => verified(block),
        promptTokens: seen,
        sequence: i
      })
      return sequence(prepared, run.stage, {
        sequence: i,
        settings: given,
        promptTokens: seen,
        count,
        monitor: given.monitor ? monitor(terms, memory) : undefined,
        statistics: () => ({
          seed,
          verifier,
          ...costs(terms, memory, run),
          ...(pilot.time && { planner: pilot.time() })
        })
      })
    })
    return all.length === 1 ? all[0]! : Stream.mergeAll(all, { concurrency: "unbounded", bufferSize: 1 })
  }).pipe(Stream.unwrap, traced)

/** The text of one sequence as it comes. */
export const text = <R>(
  formula: Formula<R>,
  options: Omit<GenerationOptions, "count"> = {}
): Stream.Stream<string, GenerationError, R> =>
  events(formula, { ...options, count: 1 }).pipe(
    Stream.map((event) => event.text),
    Stream.filter((piece) => piece !== "")
  )

const pilotOf = (
  prepared: Prepared,
  { count, sampling, speculate, verifier }: Settings,
  text: Pick<AutoOptions, "maxTokens" | "promptTokens">
): Effect.Effect<Pilot, PlanError> =>
  speculate === "auto"
    ? auto(prepared, { ...text, count, sampling, verifier })
    : Effect.fromResult(byPlans(prepared, speculate))

/** What only makes sense in view of the vocabulary. */
const refuseOutside = (prepared: Prepared, given: Settings): Effect.Effect<void, OptionsError> => {
  const { name, size, tokenizer } = prepared.vocabulary
  const outside = Object.keys(given.sampling.logitBias ?? {}).find((id) => Number(id) >= size)
  const ids = Array.isArray(given.prompt) ? given.prompt.filter((one) => typeof one === "number") : []
  // a formula with models has its prompt looked at by each of them
  const strange = prepared.models > 0 ? undefined : ids.find((id) => id < 0 || id >= size)
  const reason =
    outside !== undefined
      ? `Cannot bias token ${outside}: ${name} has ids from 0 to ${size - 1}`
      : given.stop.length > 0 && tokenizer === undefined
        ? `Cannot stop at a text: ${name} came without a tokenizer`
        : strange !== undefined
          ? `Cannot continue a prompt with token ${strange}: ${name} has ids from 0 to ${size - 1}`
          : undefined
  return reason === undefined ? Effect.void : Effect.fail(new OptionsError({ message: reason }))
}

import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Formula } from "../formula/formula.ts"
import { events, type GenerationError } from "../generation/generate.ts"
import { type GenerationOptions, settings } from "../generation/options.ts"
import { type Chance, CurrentChance } from "../sampling/chance.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"

/** What texts begin with: text, or token ids taken as they are. */
export type Opening = string | ReadonlyArray<TokenId>

/** One of the continuations of an opening. */
export interface Continuation {
  /** Which of the openings, counted from 0. */
  readonly opening: number
  /** Which of its continuations, counted from 0. */
  readonly sequence: number
  /** The completion, an end-of-text token included. */
  readonly tokens: ReadonlyArray<TokenId>
  /** Its text; empty where the vocabulary has no tokenizer. */
  readonly text: string
}

/** What is written, and how; `count` (default 1) is for each opening. */
export interface ContinuationOptions extends Omit<GenerationOptions, "prompt" | "logprobs" | "monitor"> {
  /** So many continuations are written at once. Default 64. */
  readonly concurrency?: number
  /** Told of each step: what is done of the most that there is to do, in tokens. */
  readonly progress?: (done: number, total: number) => void
}

/** Sequences of an opening have numbers below this: as many as one run may have. */
const sequencesOfOpening = 4096

/** So many are written at once. */
export const sequencesAtOnce = 64

/**
 * Continues each opening `count` times: first come the continuations of the first opening. Those that are written at once
 * are scored together. A continuation depends on the seed, its opening's place and its own number alone: more openings
 * or continuations beside it do not change it.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect, Stream } from "effect"
 * import { Evaluation, Formula, LanguageModel } from "polylogit"
 *
 * const turns = Formula.model(LanguageModel.table([[-Infinity, 0], [0, -Infinity]]))
 * const all = await Effect.runPromise(Stream.runCollect(Evaluation.continuations(turns, [[0], [1]], { maxTokens: 3 })))
 * deepEqual(all.map(({ opening, tokens }) => [opening, ...tokens]).sort(), [[0, 1, 0, 1], [1, 0, 1, 0]])
 * ```
 */
export const continuations = <R>(
  formula: Formula<R>,
  openings: ReadonlyArray<Opening>,
  { concurrency = sequencesAtOnce, progress, ...options }: ContinuationOptions = {}
): Stream.Stream<Continuation, GenerationError, R> =>
  Effect.gen(function* () {
    const { count, maxTokens } = yield* settings(options)
    const all = openings.flatMap((_, opening) =>
      Array.from({ length: count }, (_, sequence) => ({ opening, sequence }))
    )
    const total = all.length * maxTokens
    let done = 0
    // runs of one sequence each keep in step, so that all of them are scored together; runs of several do not
    const written = ({ opening, sequence }: (typeof all)[number]) =>
      Effect.gen(function* () {
        const tokens: Array<TokenId> = []
        let text = ""
        const run = events(formula, { ...options, count: 1, prompt: openings[opening]! })
        yield* Stream.runForEach(numberedFrom(opening * sequencesOfOpening + sequence)(run), (event) =>
          Effect.sync(() => {
            text += event.text
            if (event._tag === "Token") tokens.push(event.token)
            done += event._tag === "Token" ? 1 : maxTokens - tokens.length
            progress?.(done, total)
          })
        )
        return { opening, sequence, tokens, text }
      })
    return Stream.fromIterable(all).pipe(Stream.mapEffect(written, { concurrency }))
  }).pipe(Stream.unwrap)

/** Gives the sequences of a run other numbers, so that no two runs with one seed use the same coins. */
const numberedFrom =
  (first: number) =>
  <A, E, R>(run: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
    Stream.unwrap(
      Effect.map(CurrentChance, (source) =>
        Stream.provideService(run, CurrentChance, (seed) => shifted(source(seed), first))
      )
    )

const shifted = (chance: Chance, first: number): Chance => ({
  draw: (place, probs) => chance.draw({ ...place, sequence: place.sequence + first }, probs),
  accept: (place, probability) => chance.accept({ ...place, sequence: place.sequence + first }, probability),
  race: (place, probs) => chance.race({ ...place, sequence: place.sequence + first }, probs)
})

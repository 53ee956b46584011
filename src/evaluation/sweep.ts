import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { check } from "../formula/check.ts"
import type { Formula } from "../formula/formula.ts"
import { type Prepared, prepare } from "../formula/prepare.ts"
import type { GenerationError } from "../generation/generate.ts"
import { type GenerationOptions, settings } from "../generation/options.ts"
import type { ClassifiedText } from "../model/text_classifier.ts"
import { sameVocabulary } from "../vocabulary/vocabulary_mismatch.ts"
import type { Axis } from "./axis.ts"
import { type Continuation, continuations, type Opening, sequencesAtOnce } from "./continuations.ts"
import { distinct } from "./distinct.ts"
import { ExperimentError } from "./experiment_error.ts"
import { perplexityUnder } from "./perplexity.ts"
import { type Judge, type Strength, strengths } from "./strength.ts"

const mostPoints = 10_000

/** A value for each axis, by name. */
export type Point = Readonly<Record<string, number>>

/** What was measured at one point. */
export interface SweepRow {
  readonly point: Point
  /** Continuations, of all openings. */
  readonly texts: number
  readonly tokens: number
  /** Of the continuations behind their openings, under `under`; `NaN` where no text has a token. */
  readonly perplexity: number
  /** Distinct-2 of the continuations of one opening: its mean over the openings. `NaN` where no text has two tokens. */
  readonly distinct2: number
  /** In the order of the judges. */
  readonly strengths: ReadonlyArray<Strength>
}

/** What is measured at each point. Generation options are the same at all of them, the seed included. */
export interface SweepOptions<R> extends Omit<GenerationOptions, "prompt" | "logprobs" | "monitor"> {
  readonly openings: ReadonlyArray<Opening>
  /** The model or formula by which perplexity is measured. */
  readonly under: Formula<R>
  readonly judges?: ReadonlyArray<Judge>
  /** Told of each step: what is done of the most that there is to do, in tokens. */
  readonly progress?: (done: number, total: number) => void
}

/** Why a sweep ended early. */
export type SweepError = ExperimentError | GenerationError

/** All combinations of the axes' values, the last axis changing fastest. */
export const grid = (axes: ReadonlyArray<Axis>): ReadonlyArray<Point> =>
  axes.reduce<ReadonlyArray<Point>>(
    (points, { name, points: values }) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}]
  )

/** A point as text: `x = 0.5, y = 1`. */
export const showPoint = (point: Point): string =>
  Object.entries(point)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ")

/**
 * Runs one experiment at each point of one or more axes, and gives its row as soon as it is there, in the order of
 * `grid`. Judges read an opening with its continuation, unless both are empty. All points are looked at before anything
 * is written.
 *
 * Errors: those of a point's formula name the point; more than 10,000 points are refused.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect, Stream } from "effect"
 * import { Evaluation, Formula, LanguageModel } from "polylogit"
 *
 * const ones = Formula.model(LanguageModel.table([[0, 50], [0, 50]]))
 * const even = Formula.model(LanguageModel.uniform(2))
 * const formula = ({ x }: Evaluation.Point) => Effect.succeed(Formula.add(even, Formula.scale(ones, x!)))
 * const rows = Evaluation.sweep([{ name: "x", points: [0, 9] }], formula, {
 *   openings: [[0]], under: even, count: 4, maxTokens: 8, seed: 1
 * })
 * const [first, last] = await Effect.runPromise(Stream.runCollect(rows))
 * deepEqual([first!.point, last!.point, last!.perplexity.toFixed(6)], [{ x: 0 }, { x: 9 }, "2.000000"])
 * // 28 pairs of ones, all alike
 * deepEqual(last!.distinct2, 1 / 28)
 * ```
 */
export const sweep = <R, E>(
  axes: ReadonlyArray<Axis>,
  formulaAt: (point: Point) => Effect.Effect<Formula<R>, E>,
  { judges = [], openings, progress, under, ...options }: SweepOptions<R>
): Stream.Stream<SweepRow, SweepError | E, R> =>
  Effect.gen(function* () {
    const { count, maxTokens } = yield* settings(options)
    if (openings.length === 0) return yield* new ExperimentError({ message: "Cannot sweep without an opening" })
    const size = axes.reduce((product, { points }) => product * points.length, 1)
    if (size > mostPoints) {
      return yield* new ExperimentError({ message: `Cannot sweep over ${size} points: ${mostPoints} are the most` })
    }
    const points = yield* Effect.forEach(grid(axes), (point) =>
      Effect.gen(function* () {
        const formula = yield* formulaAt(point)
        yield* at(point, Effect.fromResult(check(formula, options)))
        return { point, formula }
      })
    )
    const judging = yield* prepare(under)
    const judged = yield* Effect.forEach(openings, judging.room)
    for (const { formula, point } of points) {
      const ready = yield* at(point, prepare(formula, options))
      yield* Effect.fromResult(sameVocabulary([ready.vocabulary, judging.vocabulary]))
      const rooms = yield* Effect.forEach(openings, ready.room)
      const narrow = rooms.findIndex((room, i) => Math.min(room, maxTokens) > judged[i]!)
      if (narrow >= 0) {
        const texts = `texts of ${Math.min(rooms[narrow]!, maxTokens)} tokens behind opening ${narrow + 1}`
        const message = `Cannot measure ${texts}: the formula of the perplexity has room for ${judged[narrow]}`
        return yield* at(point, Effect.fail(new ExperimentError({ message })))
      }
    }
    const each = openings.length * count
    const total = points.length * each * maxTokens
    let done = 0
    const written = ({ formula, point }: (typeof points)[number]) =>
      Effect.suspend(() => {
        let own = 0
        const tell = (now: number) => {
          done += now - own
          own = now
          progress?.(done, total)
        }
        return Stream.runCollect(continuations(formula, openings, { ...options, progress: tell }))
      }).pipe(
        Effect.flatMap((all) => measure(point, all, { judges, judging, openings })),
        (run) => at(point, run)
      )
    return Stream.fromIterable(points).pipe(
      Stream.mapEffect(written, { concurrency: Math.max(1, Math.floor(sequencesAtOnce / each)) })
    )
  }).pipe(Stream.unwrap)

/** What depends on the point says at which: errors of formulas and of measuring. */
const ofPoints = new Set(["FormulaError", "EvaluationError", "ExperimentError"])

const at = <A, E extends { readonly _tag: string; readonly message: string }, R>(
  point: Point,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | ExperimentError, R> =>
  Effect.mapError(effect, (error) =>
    ofPoints.has(error._tag) ? new ExperimentError({ message: `${error.message} (at ${showPoint(point)})` }) : error
  )

const measure = (
  point: Point,
  all: ReadonlyArray<Continuation>,
  {
    judges,
    judging,
    openings
  }: { readonly judges: ReadonlyArray<Judge>; readonly judging: Prepared; readonly openings: ReadonlyArray<Opening> }
) =>
  Effect.gen(function* () {
    const groups = openings.map((_, opening) => all.filter((one) => one.opening === opening))
    const tokens = all.reduce((sum, one) => sum + one.tokens.length, 0)
    const texts = groups.flatMap((group, i) =>
      group.map(({ tokens }) => ({ prompt: openings[i]!, completion: tokens }))
    )
    const read = groups.map((group, i) =>
      group.map((one) => wholeText(judging, openings[i]!, one)).filter(({ length }) => length > 0)
    )
    const varied = groups
      .map((group) =>
        distinct(
          group.map(({ tokens }) => tokens),
          2
        )
      )
      .filter(Number.isFinite)
    return {
      point,
      texts: all.length,
      tokens,
      perplexity: tokens === 0 ? Number.NaN : (yield* perplexityUnder(judging, texts)).perplexity,
      distinct2: varied.reduce((sum, x) => sum + x, 0) / varied.length,
      strengths: yield* strengths(judges, read)
    }
  })

/** What judges read: an opening and its continuation, as token ids where there is no tokenizer. */
const wholeText = ({ vocabulary }: Prepared, opening: Opening, { text, tokens }: Continuation): ClassifiedText => {
  const { tokenizer } = vocabulary
  if (typeof opening === "string") return opening + text
  return tokenizer === undefined ? [...opening, ...tokens] : tokenizer.decode(opening) + text
}

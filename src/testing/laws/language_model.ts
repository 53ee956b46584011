import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import type { LanguageModel, ScoreRequest } from "../../model/language_model.ts"
import { type ForAllOptions, forAll, type LawBroken } from "../for_all.ts"
import { asked, longest, numbers, over, rowDistance } from "./asking.ts"

/** How exact a model is, and how hard it is tried. */
export interface LanguageModelLawOptions extends ForAllOptions {
  /** The largest difference between rows that ought to be equal: 0, the default, for models that compute nothing. */
  readonly tolerance?: number | undefined
}

/** One of the laws of language models, by name, for runners that report them one by one. */
export interface LanguageModelLaw {
  readonly name: string
  readonly holds: (model: LanguageModel, options?: LanguageModelLawOptions) => Effect.Effect<void, LawBroken>
}

type Over = ReturnType<typeof over>

const law = <A>(
  name: string,
  values: fc.Arbitrary<A>,
  reason: (on: Over, value: A, model: LanguageModel) => Effect.Effect<string | undefined, unknown>
): LanguageModelLaw => ({
  name,
  holds: (model, { tolerance = 0, ...options } = {}) =>
    forAll(name, values, (value) => reason(over(model, tolerance), value, model), { numRuns: 25, ...options })
})

/** What every language model does, whatever it runs on: it is a pure function of the context. */
export const languageModelLaws: ReadonlyArray<LanguageModelLaw> = [
  law("rows of one call equal rows of many", asked, (on, one) =>
    Effect.gen(function* () {
      const [rows] = yield* on.score(on.request(one))
      return on.apart(rows!, yield* on.oneByOne(on.request(one)))
    })
  ),
  law("a row has the length of the vocabulary", asked, (on, one, { vocabulary }) =>
    Effect.map(on.score(on.request(one)), ([rows]) => {
      const { context, from } = on.request(one)
      const count = context.length - from + 1
      if (rows?.length !== count) return `There are ${rows?.length} rows for ${count}`
      const wrong = rows.find((row) => row.length !== vocabulary.size)
      return wrong && `A row has ${wrong.length} logits for ${vocabulary.size} tokens`
    })
  ),
  law(
    "a shorter context after a longer one has the rows that it had before",
    fc.tuple(numbers, fc.nat()),
    (on, [some, at]) =>
      Effect.gen(function* () {
        const context = on.fold(some)
        const shorter = context.slice(0, 1 + (at % context.length))
        const before = yield* on.last(shorter)
        yield* on.last(context)
        return on.apart(yield* on.last(shorter), before)
      })
  ),
  law(
    "a context that parts from another has the rows that it has alone",
    fc.tuple(numbers, numbers, fc.nat()),
    (on, [a, b, at]) =>
      Effect.gen(function* () {
        const other = on.fold([...a.slice(0, at % a.length), ...b].slice(0, longest))
        const before = yield* on.last(other)
        yield* on.last(on.fold(a))
        const again = on.apart(yield* on.last(other), before)
        return again ?? on.apart(yield* on.last(other.slice(0, 1)), yield* on.last(other.slice(0, 1)))
      })
  ),
  law("a batch has the rows of its requests alone", fc.array(asked, { minLength: 1, maxLength: 11 }), (on, many) =>
    Effect.gen(function* () {
      const requests = many.map(on.request)
      const alone = yield* Effect.forEach(requests, on.oneByOne)
      const together = yield* on.score(...requests)
      if (together.length !== requests.length) return `There are ${together.length} answers for ${requests.length}`
      const inFibers = yield* Effect.forEach(requests, (one) => on.score(one), { concurrency: "unbounded" })
      for (const [i, rows] of alone.entries()) {
        const apart = on.apart(together[i]!, rows) ?? on.apart(inFibers[i]![0]!, rows)
        if (apart !== undefined) return apart
      }
      return undefined
    })
  ),
  law("rows belong to the caller", asked, (on, one) =>
    Effect.gen(function* () {
      const [changed, kept] = yield* on.score(on.request(one), on.request(one))
      const copy = kept!.map((row) => row.slice())
      for (const row of changed!) row.fill(7)
      if (rowDistance(kept!, copy) > 0) return "Two answers of one call share their rows"
      const [again] = yield* on.score(on.request(one))
      const last = copy.length - 1
      kept![last]!.fill(9)
      if (rowDistance(kept!.slice(0, last), copy.slice(0, last)) > 0)
        return "Two rows of one answer share their numbers"
      return on.apart(again!, copy)
    })
  ),
  law(
    "interrupting a call leaves the model as it was",
    fc.tuple(asked, fc.integer({ min: 0, max: 3 })),
    (on, [one, pause], model) =>
      Effect.gen(function* () {
        const { context, from } = on.request(one)
        const before = yield* on.last(context)
        const length = Math.min(model.contextLength, 256)
        const long = Array.from({ length }, (_, i) => (i * 7 + context[0]!) % model.vocabulary.size)
        const fiber = yield* Effect.forkChild(on.score({ context: long, from: 1 }))
        yield* pause === 0 ? Effect.yieldNow : Effect.sleep(pause)
        yield* Fiber.interrupt(fiber)
        const [rows] = yield* on.score({ context, from })
        return on.apart(yield* on.last(context), before) ?? on.apart(rows!, yield* on.oneByOne({ context, from }))
      })
  ),
  law("what lies outside the model is refused", fc.constant(undefined), (on, _, model) =>
    Effect.gen(function* () {
      const { contextLength, vocabulary } = model
      const long = Array.from({ length: Math.min(contextLength, 1_000_000) + 1 }, () => 0)
      const outside: ReadonlyArray<ScoreRequest> = [
        ...[-1, 0.5, vocabulary.size, Number.NaN].map((token) => ({ context: [token], from: 1 })),
        { context: [], from: 1 },
        ...[0, 2, 0.5].map((from) => ({ context: [0], from })),
        ...(contextLength < 1_000_000 ? [{ context: long, from: 1 }] : [])
      ]
      for (const one of outside) {
        const exit = yield* Effect.result(on.score(one))
        if (exit._tag === "Success" || exit.failure._tag !== "ModelError")
          return `${one.context.length} tokens ${one.context.slice(0, 3)} from ${one.from} were not refused as ModelError`
      }
      if (contextLength >= 1_000_000) return undefined
      const [rows] = yield* on.score({ context: long.slice(1), from: contextLength })
      return rows?.length === 1 ? undefined : "A full window was refused"
    })
  )
]

/**
 * Tries all laws of language models on one. Fails with the first that does not hold.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { LanguageModel } from "polylogit"
 * import * as Testing from "polylogit/testing"
 *
 * await Effect.runPromise(Testing.laws.languageModel(LanguageModel.table([[0, 1], [2, 3]])))
 * ```
 */
export const languageModel = (
  model: LanguageModel,
  options: LanguageModelLawOptions = {}
): Effect.Effect<void, LawBroken> =>
  Effect.forEach(languageModelLaws, ({ holds }) => holds(model, options), { discard: true })

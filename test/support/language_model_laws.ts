import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as fc from "fast-check"
import type { LanguageModel, ScoreRequest } from "../../src/model/language_model.ts"

type Rows = ReadonlyArray<Float32Array>

/** The largest difference of two lists of rows; infinite where their shapes or their impossible tokens differ. */
export const rowDistance = (a: Rows, b: Rows): number => {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 0
  a.forEach((row, i) => {
    const other = b[i]!
    if (row.length !== other.length) largest = Number.POSITIVE_INFINITY
    for (let token = 0; token < row.length; token++) {
      if (row[token] === other[token]) continue
      const difference = Math.abs(row[token]! - other[token]!)
      largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    }
  })
  return largest
}

/**
 * What every language model must do, whatever it runs on. `tolerance` is the largest difference between rows that ought
 * to be equal: 0 for models that compute nothing.
 */
export const languageModelLaws = <E>(
  name: string,
  open: () => Effect.Effect<LanguageModel, E, Scope.Scope>,
  options: { readonly tolerance: number; readonly numRuns?: number }
): void =>
  describe(`${name} is a language model`, () => {
    const scope = Scope.makeUnsafe()
    let model: LanguageModel
    beforeAll(async () => {
      model = await Effect.runPromise(Scope.provide(open(), scope))
    }, 60_000)
    afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

    const score = (...requests: ReadonlyArray<ScoreRequest>) => Effect.runPromise(model.score(requests))
    const last = async (context: ReadonlyArray<number>) =>
      (await score({ context, from: context.length })).map((rows) => rows[0]!)
    const oneByOne = async ({ context, from }: ScoreRequest): Promise<Rows> => {
      const rows: Array<Float32Array> = []
      for (let n = from; n <= context.length; n++) rows.push(...(await last(context.slice(0, n))))
      return rows
    }
    const near = (a: Rows, b: Rows) => expect(rowDistance(a, b)).toBeLessThanOrEqual(options.tolerance)

    const longest = 24
    // tokens are drawn from a wide range and folded into the vocabulary, which is known only once the model is open
    const numbers = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: longest })
    const fold = (tokens: ReadonlyArray<number>) =>
      tokens.slice(0, model.contextLength).map((token) => token % model.vocabulary.size)
    const asked = fc.tuple(numbers, fc.nat(1_000_000))
    const request = ([tokens, at]: readonly [ReadonlyArray<number>, number]): ScoreRequest => {
      const context = fold(tokens)
      return { context, from: 1 + (at % context.length) }
    }
    const law = <T extends [unknown, ...Array<unknown>]>(
      title: string,
      arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
      body: (...args: T) => Promise<void>
    ) =>
      test(
        title,
        () =>
          fc.assert(
            fc.asyncProperty(fc.tuple<T>(...arbitraries), (args) => body(...args)),
            { numRuns: options.numRuns ?? 25 }
          ),
        60_000
      )

    law("rows of one call equal rows of many", [asked], async (one) => {
      const [rows] = await score(request(one))
      near(rows!, await oneByOne(request(one)))
    })

    law("a row has the length of the vocabulary", [asked], async (one) => {
      const { context, from } = request(one)
      const [rows] = await score({ context, from })
      expect(rows!.map((row) => row.length)).toEqual(
        Array.from({ length: context.length - from + 1 }, () => model.vocabulary.size)
      )
    })

    law(
      "a shorter context after a longer one has the rows that it had before",
      [numbers, fc.nat()],
      async (some, at) => {
        const context = fold(some)
        const shorter = context.slice(0, 1 + (at % context.length))
        const before = await last(shorter)
        await last(context)
        near(await last(shorter), before)
      }
    )

    law(
      "a context that parts from another has the rows that it has alone",
      [numbers, numbers, fc.nat()],
      async (a, b, at) => {
        const one = fold(a)
        const other = fold([...a.slice(0, at % a.length), ...b].slice(0, longest))
        const before = await last(other)
        await last(one)
        near(await last(other), before)
        near(await last(other.slice(0, 1)), await last(other.slice(0, 1)))
      }
    )

    law(
      "a batch has the rows of its requests alone",
      [fc.array(asked, { minLength: 1, maxLength: 11 })],
      async (many) => {
        const requests = many.map(request)
        const alone: Array<Rows> = []
        for (const one of requests) alone.push(await oneByOne(one))
        const together = await score(...requests)
        expect(together.length).toBe(requests.length)
        together.forEach((rows, i) => void near(rows, alone[i]!))
        const fibers = await Promise.all(requests.map((one) => score(one)))
        fibers.forEach(([rows], i) => void near(rows!, alone[i]!))
        const gathered = Effect.forEach(requests, (one) => model.score([one]), { concurrency: "unbounded" })
        const inFibers = await Effect.runPromise(gathered)
        inFibers.forEach(([rows], i) => void near(rows!, alone[i]!))
      }
    )

    law("rows belong to the caller", [asked], async (one) => {
      const kept = await score(request(one), request(one))
      const copy = kept[1]!.map((row) => row.slice())
      for (const row of kept[0]!) row.fill(7)
      expect(rowDistance(kept[1]!, copy)).toBe(0)
      const again = await score(request(one))
      near(again[0]!, copy)
      const first = copy.length - 1
      kept[1]![first]!.fill(9)
      if (first > 0) expect(rowDistance(kept[1]!.slice(0, first), copy.slice(0, first))).toBe(0)
    })

    law(
      "interrupting a call leaves the model as it was",
      [asked, fc.integer({ min: 0, max: 3 })],
      async (one, pause) => {
        const { context, from } = request(one)
        const before = await last(context)
        const long = Array.from(
          { length: Math.min(model.contextLength, 256) },
          (_, i) => (i * 7 + context[0]!) % model.vocabulary.size
        )
        await Effect.runPromise(
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(model.score([{ context: long, from: 1 }]))
            yield* pause === 0 ? Effect.yieldNow : Effect.sleep(pause)
            yield* Fiber.interrupt(fiber)
          })
        )
        near(await last(context), before)
        near((await score({ context, from }))[0]!, await oneByOne({ context, from }))
      }
    )

    test("what lies outside the model is refused", async () => {
      const refused = async (one: ScoreRequest) => (await Effect.runPromise(Effect.flip(model.score([one]))))._tag
      for (const token of [-1, 0.5, model.vocabulary.size, Number.NaN]) {
        expect(await refused({ context: [token], from: 1 })).toBe("ModelError")
      }
      expect(await refused({ context: [], from: 1 })).toBe("ModelError")
      for (const from of [0, 2, 0.5]) expect(await refused({ context: [0], from })).toBe("ModelError")
      if (model.contextLength < 1_000_000) {
        const context = Array.from({ length: model.contextLength + 1 }, () => 0)
        expect(await refused({ context, from: 1 })).toBe("ModelError")
        const [rows] = await score({ context: context.slice(1), from: model.contextLength })
        expect(rows!.length).toBe(1)
      }
    })
  })

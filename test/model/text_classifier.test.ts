import { expect, test } from "bun:test"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import { LanguageModel } from "polylogit"

const counting = () => {
  const runs: Array<ReadonlyArray<unknown>> = []
  const classifier = LanguageModel.makeClassifier({
    name: "length",
    labels: ["short", "long"],
    run: (texts) => {
      runs.push(texts)
      return Effect.succeed(texts.map(({ length }) => Float32Array.of(-length, length)))
    }
  })
  return { classifier, runs }
}

test("what fibers ask at one moment is one run, each with its own rows; later ones are runs of their own", async () => {
  const { classifier, runs } = counting()
  const rows = await Effect.runPromise(
    Effect.all([classifier.classify(["a"]), classifier.classify(["bb", [1, 2, 3]]), classifier.classify([])], {
      concurrency: "unbounded"
    })
  )
  expect(runs).toEqual([["a", "bb", [1, 2, 3]]])
  expect(rows).toEqual([[Float32Array.of(-1, 1)], [Float32Array.of(-2, 2), Float32Array.of(-3, 3)], []])
  await Effect.runPromise(classifier.classify(["a"]))
  expect(runs.length).toBe(2)
})

test("a run is interrupted when nobody waits for it any longer, and not before", async () => {
  const program = Effect.gen(function* () {
    const begun = yield* Deferred.make<void>()
    const ended = yield* Deferred.make<void>()
    const classifier = LanguageModel.makeClassifier({
      name: "slow",
      labels: ["a"],
      run: () =>
        Deferred.succeed(begun, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(ended, undefined))
        )
    })
    const ask = Effect.forkChild(classifier.classify(["x"]))
    const [one, other] = [yield* ask, yield* ask]
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(one)
    yield* Effect.replicateEffect(Effect.yieldNow, 50)
    expect(yield* Deferred.isDone(ended)).toBe(false)
    yield* Fiber.interrupt(other)
    yield* Deferred.await(ended)
  })
  await Effect.runPromise(program)
})

test("an answer that does not fit is an error", async () => {
  const told = async (rows: ReadonlyArray<Float32Array>) => {
    const classifier = LanguageModel.makeClassifier({ name: "c", labels: ["a", "b"], run: () => Effect.succeed(rows) })
    return (await Effect.runPromise(Effect.flip(classifier.classify(["x"])))).message
  }
  expect(await told([])).toBe("Cannot use the answer of c: 0 rows for 1 texts")
  expect(await told([Float32Array.of(1)])).toBe("Cannot use the answer of c: a row of 1 logits for 2 labels")
  expect(await told([Float32Array.of(1, Number.NaN)])).toBe("Cannot use the answer of c: the logit NaN")
  expect(await told([Float32Array.of(Infinity, 1)])).toBe("Cannot use the answer of c: the logit Infinity")
})

test("log-probabilities: of one label among all they sum to 1, of each for itself they are its sigmoid", () => {
  const logits = fc.array(fc.float({ min: -200, max: 200, noNaN: true }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(logits, (numbers) => {
      const row = Float32Array.from(numbers)
      const among = LanguageModel.logProbabilities({ probabilities: "softmax" }, row)
      expect(among.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 9)
      among.forEach((x, i) => void expect(x - among[0]!).toBeCloseTo(row[i]! - row[0]!, 9))
      const own = LanguageModel.logProbabilities({ probabilities: "sigmoid" }, row)
      // log σ(x) - log σ(-x) = x
      const other = LanguageModel.logProbabilities(
        { probabilities: "sigmoid" },
        row.map((x) => -x)
      )
      own.forEach((x, i) => {
        expect(x).toBeLessThanOrEqual(0)
        expect(x - other[i]!).toBeCloseTo(row[i]!, 9)
      })
    })
  )
  expect(LanguageModel.logProbabilities({ probabilities: "sigmoid" }, Float32Array.of(0))[0]).toBeCloseTo(-Math.LN2, 12)
})

import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { LanguageModel } from "../../../src/model/language_model.ts"
import { rowDistance } from "../../support/language_model_laws.ts"
import { rowsOf, tales, withCheckpoint } from "./golden.ts"

/** Contexts that have nothing in common with those of another seed. */
const contexts = (seed: number) =>
  Array.from({ length: 6 }, (_, i) =>
    Array.from({ length: 400 }, (_, at) => (at * 31 + i * 977 + seed * 89 + 5) % 4096)
  )

/** Asks for rows of many tokens, and gives up some milliseconds later. */
const giveUp = (model: LanguageModel, seed: number) =>
  Effect.gen(function* () {
    const asked = yield* Effect.forkChild(
      model.score(contexts(seed).map((context) => ({ context, from: context.length })))
    )
    yield* Effect.sleep(seed % 4)
    yield* Fiber.interrupt(asked)
    return yield* Fiber.await(asked)
  })

for (const engine of ["c-api", "binding"] as const) {
  const times = 1500
  test(
    `a model that is interrupted in the middle of a run, ${times} times, loses no memory and gives its rows: ${engine}`,
    () =>
      withCheckpoint(
        tales,
        async (model) => {
          const before = await rowsOf(model, [1, 2, 3], 1)
          let interrupted = 0
          const resident: Array<number> = []
          for (let i = 0; i < times; i++) {
            const exit = await Effect.runPromise(giveUp(model, i))
            if (Exit.hasInterrupts(exit)) interrupted++
            resident.push(process.memoryUsage.rss())
          }
          expect(interrupted).toBeGreaterThan(times * 0.9)
          // the allocator takes what it needs for good in the first third; what it takes for a moment is not in the least
          const least = (third: number) => Math.min(...resident.slice((third * times) / 3, ((third + 1) * times) / 3))
          const grown = (least(2) - least(1)) / 2 ** 20
          console.log(`${engine}: least resident memory grew by ${grown.toFixed(1)} MiB in ${times / 3} interruptions`)
          expect(grown).toBeLessThan(40)
          expect(rowDistance(await rowsOf(model, [1, 2, 3], 1), before)).toBeLessThan(1e-5)
        },
        // a run of thousands of tokens, which only an interruption in its middle can stop
        { thread: "worker", slots: [6], cacheBytes: 2 ** 24, engine }
      ),
    120_000
  )
}

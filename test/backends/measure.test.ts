import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { measure } from "../../src/backends/measure.ts"
import { fromFunction } from "../../src/model/table.ts"

/** The token after the last one is the likeliest; how long each context was is kept. */
const counting = (contextLength: number, asked: Array<number>) => {
  const model = fromFunction(5, (context) => {
    asked.push(context.length)
    return Float32Array.from({ length: 5 }, (_, i) => (i === (context.at(-1)! + 1) % 5 ? 1 : 0))
  })
  return { ...model, contextLength }
}

test("a prompt is scored at once and tokens one at a time, as far as the window goes", async () => {
  for (const [window, prompt, decoded] of [
    [1000, 256, 64],
    [100, 36, 64],
    [20, 1, 19]
  ] as const) {
    const asked: Array<number> = []
    const program = measure(Effect.succeed(counting(window, asked)))
    const { measurement } = await Effect.runPromise(Effect.scoped(program))
    expect(asked).toEqual([1, prompt, ...Array.from({ length: decoded }, (_, i) => prompt + 1 + i)])
    expect([measurement.prefill.tokens, measurement.decode.tokens]).toEqual([prompt, decoded])
    expect(measurement.resident).toBeGreaterThan(2 ** 20)
    for (const time of [measurement.load, measurement.prefill.time, measurement.decode.time]) {
      expect(time).toBeGreaterThanOrEqual(0)
    }
  }
})

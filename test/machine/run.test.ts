import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import type { Machine } from "../../src/machine/machine.ts"
import { run } from "../../src/machine/run.ts"

const sum: Machine<number, number, number> = { init: 0, step: (total, x) => [total + x, total + x] }

const collect = <A, E>(self: Stream.Stream<A, E>) => Effect.runPromise(Stream.runCollect(self))

test("run gives one output for each input", async () => {
  expect(await collect(Stream.make(1, 2, 3).pipe(run(sum)))).toEqual([1, 3, 6])
  expect(await collect(run(Stream.make(1, 2, 3), sum))).toEqual([1, 3, 6])
})

test("run ends with what the last state still holds", async () => {
  const end = (total: number) => [total * 10, -1]
  expect(await collect(run(Stream.make(1, 2), sum, { end }))).toEqual([1, 3, 30, -1])
  expect(await collect(Stream.empty.pipe(run(sum, { end })))).toEqual([0, -1])
})

test("run gives what the state holds, then the failure of the stream", async () => {
  const seen: Array<number> = []
  const failing = Stream.concat(Stream.make(1), Stream.fail("broken"))
  const ran = run(failing, sum, { end: () => [99] }).pipe(Stream.runForEach((n) => Effect.sync(() => seen.push(n))))
  expect(await Effect.runPromise(Effect.flip(ran))).toBe("broken")
  expect(seen).toEqual([1, 99])
})

test("run starts from init each time, however the stream is cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: 1, max: 5 }), async (inputs, size) => {
      const totals = run(Stream.fromArray(inputs).pipe(Stream.rechunk(size)), sum)
      const expected = inputs.map((_, i) => inputs.slice(0, i + 1).reduce((a, b) => a + b))
      expect(await collect(totals)).toEqual(expected)
      expect(await collect(totals)).toEqual(expected)
    })
  )
})

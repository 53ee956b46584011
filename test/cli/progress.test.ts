import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { progress, waiting } from "../../src/cli/progress.ts"

const terminal = (isTTY = true) => {
  const seen = { out: "", time: 0 }
  const write = (text: string) => {
    seen.out += text
  }
  return { seen, out: { isTTY, columns: 200, write }, now: () => seen.time }
}
const clear = "\r\x1b[K"

const steps = (isTTY: boolean) => {
  const { now, out, seen } = terminal(isTTY)
  const run = Effect.gen(function* () {
    const { aside, tell } = yield* progress("sweep", "tokens", out, now)
    // one second goes by before the first step, then ten steps a second
    for (let done = 0; done <= 50; done++) {
      seen.time = 1000 + 100 * done
      tell(done, 1000)
    }
    yield* aside(Effect.sync(() => out.write("a row\n")))
    seen.time += 10
    tell(51, 1000)
  })
  return Effect.runPromise(Effect.as(Effect.scoped(run), seen))
}

test("a line appears after two seconds, with what is done, its speed and the time left, and is wiped", async () => {
  const { out } = await steps(true)
  const [nothing, first, ...others] = out.split(clear)
  expect(nothing).toBe("")
  expect(first).toBe(`${"░".repeat(24)} 1%  sweep: 10/1000 tokens, 10 tokens/s, 1 min 39 s left`)
  // what else is written finds the line gone, and the line comes back under it
  expect(others.slice(-3)).toEqual(["a row\n", expect.stringContaining("51/1000"), ""])
  expect(others.at(-4)).toContain("50/1000")
})

test("without a terminal there is none", async () => expect((await steps(false)).out).toBe("a row\n"))

test("what is over sooner is not told of", async () => {
  const { now, out, seen } = terminal()
  const run = Effect.gen(function* () {
    const { tell } = yield* progress("short", "steps", out, now)
    for (seen.time = 0; seen.time < 2000; seen.time += 100) tell(seen.time, 2000)
  })
  await Effect.runPromise(Effect.scoped(run))
  expect(seen.out).toBe("")
})

test("an interrupted command leaves no line", async () => {
  const { now, out, seen } = terminal()
  const run = Effect.gen(function* () {
    const { tell } = yield* progress("long", "steps", out, now)
    seen.time = 3000
    tell(1, 9)
    return yield* Effect.interrupt
  })
  await Effect.runPromiseExit(Effect.scoped(run))
  expect(seen.out).toEndWith(`1/9 steps${clear}`)
})

const waited = (seconds: number, isTTY = true) => {
  const { now, out, seen } = terminal(isTTY)
  const run = Effect.gen(function* () {
    const long = Effect.as(Effect.sleep(seconds * 1000), "it")
    const fiber = yield* Effect.forkChild(waiting("Loading it", out, now)(long))
    yield* Effect.yieldNow
    for (let second = 1; second <= seconds; second++) {
      seen.time = 1000 * second
      yield* TestClock.adjust(1000)
    }
    return [yield* Fiber.join(fiber), seen.out] as const
  })
  return Effect.runPromise(Effect.provide(run, TestClock.layer()))
}

test("a long wait is told of, with the same answer; a short one, or one without a terminal, is not", async () => {
  const [answer, told] = await waited(9)
  expect(answer).toBe("it")
  const seconds = [2, 3, 4, 5, 6, 7, 8].map((second) => `Loading it: ${second} s`)
  expect(
    told
      .split(clear)
      .filter((line) => line !== "")
      .slice(0, 7)
  ).toEqual(seconds)
  expect(told).toEndWith(clear)
  expect(await waited(1)).toEqual(["it", ""])
  expect(await waited(9, false)).toEqual(["it", ""])
})

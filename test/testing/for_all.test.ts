import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { forAll } from "../../src/testing/for_all.ts"
import { failure } from "../support/run.ts"

test("a law that holds is tried as often as is said, on values that differ", async () => {
  const seen: Array<number> = []
  const law = forAll(
    "any",
    fc.nat(),
    (n) => {
      seen.push(n)
      return Effect.succeed(n < 0 ? "It is negative" : undefined)
    },
    { numRuns: 30 }
  )
  await Effect.runPromise(law)
  expect(seen).toHaveLength(30)
  expect(new Set(seen).size).toBeGreaterThan(20)
  await Effect.runPromise(law)
  expect(seen.slice(30)).toEqual(seen.slice(0, 30))
})

test("another seed gives other values, and the seed of a failure the same ones", async () => {
  const first = (seed?: number) => failure(forAll("none", fc.nat(), (n) => Effect.succeed(`${n}`), { seed }))
  const [a, b] = [await first(3), await first(4)]
  expect([a.seed, b.seed]).toEqual([3, 4])
  expect(await first(3)).toEqual(a)
})

test("the message has the law, the reason and the smallest counterexample", async () => {
  const law = forAll("lists are short", fc.array(fc.nat(9)), (list) =>
    Effect.succeed(list.length < 3 ? undefined : `It has ${list.length}`)
  )
  const broken = await failure(law)
  expect(broken).toMatchObject({ _tag: "LawBroken", law: "lists are short", counterexample: [0, 0, 0], seed: 0 })
  expect(broken.message).toMatch(
    /^Not so: lists are short\. It has 3\. It was \[0,0,0\] \(run \d+, \d+ times made smaller, seed 0\)$/
  )
})

test("a failure is a reason, and so is something thrown", async () => {
  expect((await failure(forAll("a", fc.nat(), () => Effect.fail("no luck" as const)))).message).toContain("no luck")
  const throws = forAll("b", fc.nat(), () => {
    throw new Error("no such luck")
  })
  expect((await failure(throws)).message).toContain("no such luck")
})

test("interrupting a law interrupts it: it is not broken", async () => {
  const exit = await Effect.runPromiseExit(forAll("a", fc.nat(), () => Effect.interrupt))
  expect(exit).toMatchObject({ _tag: "Failure", cause: { reasons: [{ _tag: "Interrupt" }] } })
})

test("a value that shrinks for ever is given up on", async () => {
  const law = forAll("never", fc.string({ minLength: 50, maxLength: 99 }), () => Effect.succeed("no"))
  expect((await failure(law)).counterexample).toBeString()
})

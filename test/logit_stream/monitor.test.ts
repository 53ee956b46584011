import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { LogitStream, Logits } from "polylogit"
import { weighted } from "../support/rows.ts"
import { collect } from "../support/terms.ts"

const { pending } = Logits.Weighted
const rows = (...all: ReadonlyArray<Logits.Weighted.Weighted>) => Stream.fromIterable(all)

test("a sum of two laws lies between them, one place after the other", async () => {
  const [a, b] = [rows(weighted([0, 2], 1), weighted([0, 0], 1)), rows(weighted([2, 0], 1), pending)]
  const sum = LogitStream.add(a, rows(weighted([2, 0], 1), weighted([0, 0], 1)))
  const [first, second, ...more] = await collect(sum.pipe(LogitStream.monitor([a, b])))
  expect(more).toEqual([])
  expect(first!.entropy).toBeCloseTo(Math.LN2, 12)
  // KL of (1, e^2) / (1 + e^2) from (1/2, 1/2)
  const expected = Math.log(1 + Math.exp(2)) - 1 - Math.LN2
  expect(first!.terms.map((term) => term!.klDivergence)).toEqual([
    expect.closeTo(expected, 12),
    expect.closeTo(expected, 12)
  ])
  expect(second!.terms[0]!.klDivergence).toBe(0)
  expect(second!.terms[1]).toBeUndefined()
})

test("a law that is pending is an error of the operator", async () => {
  const error = await Effect.runPromise(Effect.flip(Stream.runCollect(LogitStream.monitor(rows(pending), []))))
  expect(error).toMatchObject({ _tag: "LogitStreamError", operator: "monitor" })
})

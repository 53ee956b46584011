import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { Evaluation } from "polylogit"

const points = (text: string) => Result.getOrThrow(Evaluation.parseAxis(text)).points
const refusal = (text: string) => Result.getOrThrow(Result.flip(Evaluation.parseAxis(text))).message

describe("a range", () => {
  test.each([
    ["x=0..2:0.2", [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2]],
    ["x=0..1:0.3", [0, 0.3, 0.6, 0.9]],
    ["x=1..0:-0.5", [1, 0.5, 0]],
    ["x=-1..1:1", [-1, 0, 1]],
    [" x = .5 .. 1.5 : 5e-1 ", [0.5, 1, 1.5]],
    ["x=3..3:1", [3]],
    ["x=0..3e2:1.5E2", [0, 150, 300]],
    ["x=1e-7..3e-7:1e-7", [1e-7, 2e-7, 3e-7]]
  ])("%s", (text, expected) => expect(points(text)).toEqual(expected))

  test("has the very numbers that a person would write, and ends where a step falls on the end", () => {
    const cents = fc.integer({ min: -100_000, max: 100_000 })
    const property = fc.property(
      cents,
      fc.integer({ min: 1, max: 999 }),
      fc.integer({ min: 0, max: 200 }),
      (from, step, n) => {
        const written = (units: number) => (units / 100).toFixed(2)
        for (const sign of [1, -1]) {
          const all = Array.from({ length: n + 1 }, (_, i) => Number(written(from + sign * i * step)))
          const text = `a=${written(from)}..${written(from + sign * n * step)}:${written(sign * step)}`
          expect(points(text).map(String)).toEqual(all.map((x) => String(x + 0)))
        }
      }
    )
    fc.assert(property)
  })
  test("adding up in floating point would not do", () => expect(0.2 + 0.2 + 0.2).not.toBe(points("x=0..2:0.2")[3]!))
})

test("a list keeps its order", () => expect(points("x=0,2, 0.5")).toEqual([0, 2, 0.5]))
test("a thousand points are possible", () => expect(points("x=1..1000:1")).toHaveLength(1000))

test.each([
  ["x", "expected NAME=FROM..TO:STEP or NAME=A,B,C"],
  ["", "expected NAME="],
  ["=1,2", '"" is no name'],
  ["2x=1,2", '"2x" is no name'],
  ["model=1,2", "a word of the formula language"],
  ["inf=1,2", "a word of the formula language"],
  ["x=", '"" is not a number'],
  ["x=1,", '"" is not a number'],
  ["x=1,b", '"b" is not a number'],
  ["x=0..one:1", '"one" is not a number'],
  ["x=0..Infinity:1", '"Infinity" is not a number'],
  ["x=0x10", '"0x10" is not a number'],
  ["x=0..2", "expected FROM..TO:STEP"],
  ["x=0:1", "expected FROM..TO:STEP"],
  ["x=0..1:1,2", "expected FROM..TO:STEP"],
  ["x=0..1..2:1", "expected FROM..TO:STEP"],
  ["x=0..1:0.1..5", "expected FROM..TO:STEP"],
  ["x=0..1:1:2", "expected FROM..TO:STEP"],
  ["x=0..2:0", "the step is 0"],
  ["x=0..2:-0.5", "steps of -0.5 never come to the end"],
  ["x=2..0:0.5", "steps of 0.5 never come to the end"],
  ["x=0..1000:1", "it has 1001 points, and 1000 are the most"],
  ["x=0..1e30:1e-30", "points, and 1000 are the most"],
  ["x=1,2,1.0", "1 stands there twice"]
])("%s is refused", (text, reason) => {
  expect(refusal(text)).toStartWith(`Cannot read ${JSON.stringify(text)} as an axis: `)
  expect(refusal(text)).toContain(reason)
})

test("any text is an axis or refused", () => {
  const pieces = fc.array(fc.constantFrom("x", "=", "0", "1", ".", "..", ":", ",", "-", "e", "9", " ", "model"))
  fc.assert(
    fc.property(pieces, (some) => {
      const read = Evaluation.parseAxis(some.join(""))
      if (Result.isSuccess(read)) expect(read.success.points.every(Number.isFinite)).toBe(true)
    })
  )
})

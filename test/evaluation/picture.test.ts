import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { Evaluation } from "polylogit"

const panel: Evaluation.Panel = {
  title: "strength",
  x: "cost",
  y: "probability",
  marks: [
    { line: "b", x: 50, y: 0.2 },
    { line: "b", x: 70, y: 0.3, low: 0.25, high: 0.35 },
    { line: "b", x: 60, y: 0.4 },
    { line: "a", x: 60, y: null }
  ]
}
const draw = (more: Partial<Evaluation.Panel>) => Effect.runPromise(Evaluation.picture([{ ...panel, ...more }]))
/** Where the points of the only line stand from left to right, in the order in which it goes. */
const path = (svg: string) => {
  const [, found] = /<path aria-label[^>]*aria-roledescription="line mark" d="([^"]*)"/.exec(svg)!
  return [...found!.matchAll(/[ML](-?[\d.]+),/g)].map((match) => Number(match[1]))
}
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!)

test("a line goes from left to right, or where it is asked for as its marks stand, from where they begin", async () => {
  const one = { marks: panel.marks.slice(0, 3) }
  const [across, given] = [path(await draw(one)), path(await draw({ ...one, asGiven: true }))]
  expect(across).toHaveLength(3)
  expect(across).toEqual(across.toSorted((a, b) => a - b))
  expect(given[0]! < given[2]! && given[2]! < given[1]!).toBe(true)
})

test("lines have names where there is a legend, in the order in which they come", async () => {
  expect(texts(await draw({}))).not.toContain("b")
  const named = texts(await draw({ legend: "way" }))
  expect(named.filter((text) => ["way", "a", "b"].includes(text))).toEqual(["b", "a", "way"])
  expect(texts(await draw({ legend: null }))).toContain("b")
})

test("the ends of the axis of y and the height are what is asked for", async () => {
  expect(texts(await draw({ domain: [0, 1] }))).toContain("1.0")
  expect(texts(await draw({}))).not.toContain("1.0")
  const height = (svg: string) => Number(/ height="(\d+)"/.exec(svg)![1])
  expect(height(await draw({})) - height(await draw({ height: 140 }))).toBe(100)
})

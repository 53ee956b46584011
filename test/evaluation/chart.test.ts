import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { Evaluation } from "polylogit"
import { failure } from "../support/run.ts"

const estimate = (mean: number, half: number) => ({ mean, low: mean - half, high: mean + half, count: 4 })
const row = (point: Evaluation.Point, half = 0.1): Evaluation.SweepRow => ({
  point,
  texts: 8,
  tokens: 80,
  perplexity: 10 + point.x!,
  distinct2: 0.9,
  strengths: [0.2, 0.6].map((mean) => ({
    probability: estimate(mean + point.x! / 10, half),
    share: estimate(0.5, 0.1)
  }))
})
const judges = [{ name: "sentiment:joy" }, { name: "style:formal <&>" }]
const draw = (rows: ReadonlyArray<Evaluation.SweepRow>, options: Parameters<typeof Evaluation.chart>[1]) =>
  Effect.runPromise(Evaluation.chart(rows, options))
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!)
/** Lines and bands, by how they are drawn. */
const drawn = (svg: string, kind: "line" | "area") =>
  (svg.match(new RegExp(`aria-roledescription="${kind} mark"`, "g")) ?? []).length

test("one axis: a line and a band for each judge, and panels for perplexity and distinct-2", async () => {
  const rows = [0, 1, 2].map((x) => row({ x }))
  const svg = await draw(rows, { axes: [{ name: "x" }], judges, title: "x * a + b" })
  expect(svg).toStartWith("<svg")
  for (const text of [
    "x * a + b",
    "sentiment:joy",
    "style:formal &lt;&amp;&gt;",
    "x",
    "probability",
    "perplexity",
    "distinct-2"
  ])
    expect(texts(svg)).toContain(text)
  expect([drawn(svg, "line"), drawn(svg, "area")]).toEqual([4, 2])
})

test("two axes: a panel for each judge, a line for each value of the second", async () => {
  const rows = [0, 1].flatMap((x) => [3, 4, 5].map((y) => row({ x, y })))
  const svg = await draw(rows, { axes: [{ name: "x" }, { name: "y" }], judges })
  expect(texts(svg)).toContain("sentiment:joy, with 95 % interval")
  expect(texts(svg).filter((text) => text === "y = 4")).toHaveLength(4)
  expect([drawn(svg, "line"), drawn(svg, "area")]).toEqual([12, 6])
})

test("no band leaves the space between 0 and 1", async () => {
  const svg = await draw(
    [0, 1].map((x) => row({ x }, 0.9)),
    { axes: [{ name: "x" }], judges }
  )
  const bands = [...svg.matchAll(/<path[^>]*aria-roledescription="area mark"[^>]*d="([^"]*)"/g)]
  expect(bands).toHaveLength(2)
  for (const [, path] of bands) {
    for (const [, y] of path!.matchAll(/,(-?[\d.]+)/g)) expect(Number(y) >= 0 && Number(y) <= 240).toBe(true)
  }
})

test("what is not known is not drawn: intervals of single texts, perplexity of none", async () => {
  const rows = [0, 1].map((x) => ({ ...row({ x }, Infinity), perplexity: Number.NaN }))
  const svg = await draw(rows, { axes: [{ name: "x" }], judges })
  expect([drawn(svg, "area"), /NaN|Infinity/.test(svg)]).toEqual([0, false])
})

test("nothing is no chart", async () => {
  const message = "Cannot draw a chart of which nothing was measured, or over no axis"
  expect((await failure(Evaluation.chart([], { axes: [{ name: "x" }], judges }))).message).toBe(message)
  expect((await failure(Evaluation.chart([row({ x: 1 })], { axes: [], judges }))).message).toBe(message)
})

import * as Effect from "effect/Effect"
import type { TopLevelSpec } from "vega-lite"
import { ExperimentError } from "./experiment_error.ts"

/** A point of a line; what is `null` is not drawn. */
export interface Mark {
  /** Which line it is of; one alone needs no name. */
  readonly line?: string | undefined
  readonly x: number
  readonly y: number | null
  /** Ends of the band that the line lies in. */
  readonly low?: number
  readonly high?: number
}

/** Lines in bands. */
export interface Panel {
  readonly title: string
  /** What stands along the axes. */
  readonly x: string
  readonly y: string
  /** What stands over the names of lines; `null`: nothing. Left out: lines have no names. */
  readonly legend?: string | null
  readonly marks: ReadonlyArray<Mark>
  /** Ends of the axis of y. Default: what the marks need. */
  readonly domain?: readonly [low: number, high: number]
  /** Units: pixels. Default 240. */
  readonly height?: number
  /** Lines go from mark to mark as these stand, not from left to right. */
  readonly asGiven?: boolean
}

/** Units: pixels. */
const WIDTH = 520

/**
 * Panels below each other, as SVG text.
 *
 * Errors: `ExperimentError` where they cannot be drawn.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Evaluation } from "polylogit"
 *
 * const marks = [{ x: 0, y: 1, low: 0.8, high: 1.2 }, { x: 1, y: 2 }]
 * ok((await Effect.runPromise(Evaluation.picture([{ title: "two", x: "x", y: "y", marks }]))).startsWith("<svg"))
 * ```
 */
export const picture = (
  panels: ReadonlyArray<Panel>,
  { title }: { readonly title?: string | undefined } = {}
): Effect.Effect<string, ExperimentError> =>
  Effect.tryPromise({
    try: async () => {
      // they are large: who draws nothing does not wait for them
      const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")])
      const { spec } = compile(specOf(panels, title))
      return await new vega.View(vega.parse(spec), { renderer: "none" }).toSVG()
    },
    catch: (thrown) => new ExperimentError({ message: `Cannot draw the chart: ${thrown}` })
  })

/** The picture in Vega-Lite's words. */
const specOf = (panels: ReadonlyArray<Panel>, title: string | undefined): TopLevelSpec => ({
  background: "white",
  padding: 12,
  ...(title !== undefined && { title: { text: title, fontSize: 15, font: "monospace", offset: 14 } }),
  vconcat: panels.map(panelSpec),
  resolve: { scale: { color: "independent" } },
  config: {
    axis: { labelFontSize: 12, titleFontSize: 13, labelFlush: false },
    legend: { labelFontSize: 12, titleFontSize: 13, labelLimit: 300, symbolOpacity: 1 },
    title: { anchor: "start", frame: "group", fontSize: 13, limit: WIDTH },
    font: "sans-serif"
  }
})

type Specs = Extract<TopLevelSpec, { readonly vconcat: unknown }>["vconcat"]

const panelSpec = ({ asGiven = false, domain, height = 240, legend, marks, title, x, y }: Panel): Specs[number] => ({
  title,
  width: WIDTH,
  height,
  data: { values: marks.map((mark, order) => ({ ...mark, order })) },
  encoding: {
    x: { field: "x", type: "quantitative", title: x, ...(asGiven && { scale: { zero: false } }) },
    ...(legend !== undefined && { color: { field: "line", type: "nominal", title: legend, sort: null } })
  },
  layer: [
    {
      mark: { type: "area", opacity: 0.2 },
      encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      transform: [{ filter: "isValid(datum.low)" }]
    },
    {
      mark: { type: "line", point: true },
      encoding: {
        y: { field: "y", type: "quantitative", title: y, scale: domain ? { domain: [...domain] } : { zero: false } },
        ...(asGiven && { order: { field: "order" } })
      }
    }
  ]
})

import * as vega from "vega"
import { compile, type TopLevelSpec } from "vega-lite"

/** A value in a picture: of one line at one place. */
export interface Mark {
  readonly line: string
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

/** A panel: lines in bands. */
export interface Panel {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly marks: ReadonlyArray<Mark>
  /** Of the y axis; default from the data. */
  readonly domain?: readonly [number, number]
}

const panelSpec = ({ domain, marks, title, x, y }: Panel) => ({
  title,
  width: 460,
  height: 220,
  data: { values: marks.map((mark, order) => ({ ...mark, order })) },
  encoding: {
    x: { field: "x", type: "quantitative", title: x, scale: { zero: false } },
    color: { field: "line", type: "nominal", title: null, sort: null }
  },
  layer: [
    {
      mark: { type: "area", opacity: 0.18 },
      transform: [{ filter: "isValid(datum.low)" }],
      encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } }
    },
    {
      mark: { type: "line", point: true },
      encoding: {
        y: { field: "y", type: "quantitative", title: y, scale: domain ? { domain: [...domain] } : { zero: false } },
        order: { field: "order" }
      }
    }
  ]
})

/** Panels below each other, as SVG. */
export const picture = (panels: ReadonlyArray<Panel>): Promise<string> => {
  const spec = {
    background: "white",
    padding: 12,
    vconcat: panels.map(panelSpec),
    config: {
      axis: { labelFontSize: 12, titleFontSize: 13 },
      legend: { labelFontSize: 12, symbolOpacity: 1 },
      title: { anchor: "start", frame: "group", fontSize: 13 },
      font: "sans-serif"
    }
  } as unknown as TopLevelSpec
  return new vega.View(vega.parse(compile(spec).spec), { renderer: "none" }).toSVG()
}

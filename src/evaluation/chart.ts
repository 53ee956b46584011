import * as Effect from "effect/Effect"
import type { TopLevelSpec } from "vega-lite"
import type { Axis } from "./axis.ts"
import { ExperimentError } from "./experiment_error.ts"
import type { Judge } from "./strength.ts"
import { type SweepRow, showPoint } from "./sweep.ts"

/** What a chart says besides the rows. */
export interface ChartOptions {
  readonly axes: ReadonlyArray<Pick<Axis, "name">>
  readonly judges: ReadonlyArray<Pick<Judge, "name">>
  /** Default: none. */
  readonly title?: string
}

/**
 * A sweep as a picture: the probability of each judge's label with its 95 % interval over the first axis, below it
 * perplexity, then distinct-2. One line for each judge, or with more axes a panel for each judge and one line for each
 * value of the others. The answer is SVG text.
 *
 * Errors: `ExperimentError` where nothing was measured, or there is no axis.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Evaluation } from "polylogit"
 *
 * const row = { texts: 8, tokens: 256, distinct2: 0.9, strengths: [] }
 * const rows = [{ ...row, point: { x: 0 }, perplexity: 9 }, { ...row, point: { x: 1 }, perplexity: 12 }]
 * const svg = await Effect.runPromise(Evaluation.chart(rows, { axes: [{ name: "x" }], judges: [] }))
 * ok(svg.startsWith("<svg"))
 * ```
 */
export const chart = (rows: ReadonlyArray<SweepRow>, options: ChartOptions): Effect.Effect<string, ExperimentError> =>
  Effect.suspend(() => {
    const panels = options.axes.length === 0 ? [] : panelsOf(rows, options)
    return panels.length === 0
      ? Effect.fail(
          new ExperimentError({ message: "Cannot draw a chart of which nothing was measured, or over no axis" })
        )
      : Effect.tryPromise({
          try: async () => {
            // they are large: who draws nothing does not wait for them
            const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")])
            const { spec } = compile(specOf(panels, options))
            return await new vega.View(vega.parse(spec), { renderer: "none" }).toSVG()
          },
          catch: (thrown) => new ExperimentError({ message: `Cannot draw the chart: ${thrown}` })
        })
  })

/** The panels for which something was measured. */
const panelsOf = (rows: ReadonlyArray<SweepRow>, { axes, judges }: ChartOptions): ReadonlyArray<Panel> => {
  const [first, ...others] = axes.map(({ name }) => name)
  const line = ({ point }: SweepRow) =>
    others.length === 0 ? undefined : showPoint(Object.fromEntries(others.map((name) => [name, point[name]!])))
  const values = rows.map((row) => ({
    at: row.point[first!]!,
    line: line(row),
    perplexity: finite(row.perplexity),
    distinct2: finite(row.distinct2)
  }))
  const judged = judges.map(({ name }, i) =>
    rows.map((row) => {
      const { high, low, mean } = row.strengths[i]!.probability
      // beyond 0 and 1 there is no probability
      const ends = Number.isFinite(low) ? { low: Math.max(0, low), high: Math.min(1, high) } : {}
      return { at: row.point[first!]!, line: line(row) ?? name, mean: finite(mean), ...ends }
    })
  )
  const lines = others.join(", ")
  const has = (values: Values, field: string) => values.some((value) => typeof value[field] === "number")
  const strengths =
    others.length > 0
      ? judged.map((data, i) => [`${judges[i]!.name}, with 95 % interval`, data] as const)
      : [["probability of the label, with 95 % interval", judged.flat()] as const]
  return [
    ...strengths.flatMap(([title, data]) => (has(data, "mean") ? [banded(first!, data, lines || "label", title)] : [])),
    ...(["perplexity", "distinct2"] as const).flatMap((field) =>
      has(values, field) ? [simple(first!, values, field, lines)] : []
    )
  ]
}

/** The picture in Vega-Lite's words. */
const specOf = (panels: ReadonlyArray<Panel>, { title }: ChartOptions): TopLevelSpec => ({
  background: "white",
  padding: 12,
  ...(title !== undefined && { title: { text: title, fontSize: 15, font: "monospace", offset: 14 } }),
  vconcat: [...panels],
  resolve: { scale: { color: "independent" } },
  config: {
    axis: { labelFontSize: 12, titleFontSize: 13, labelFlush: false },
    legend: { labelFontSize: 12, titleFontSize: 13, labelLimit: 300, symbolOpacity: 1 },
    title: { anchor: "start", frame: "group", fontSize: 13, limit: WIDTH },
    font: "sans-serif"
  }
})

const WIDTH = 520

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null)

const across = (name: string) => ({ field: "at", type: "quantitative", title: name }) as const

const colored = (title: string) => ({ field: "line", type: "nominal", title, sort: null }) as const

/** One of the pictures that stand below each other. */
type Panel = Extract<TopLevelSpec, { readonly vconcat: unknown }>["vconcat"][number]

type Values = ReadonlyArray<Readonly<Record<string, string | number | null | undefined>>>

/** Lines in bands. */
const banded = (name: string, values: Values, lines: string, title: string): Panel => ({
  title,
  width: WIDTH,
  height: 240,
  data: { values: [...values] },
  encoding: { x: across(name), color: colored(lines) },
  layer: [
    {
      mark: { type: "area", opacity: 0.2 },
      encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      transform: [{ filter: "isValid(datum.low)" }]
    },
    {
      mark: { type: "line", point: true },
      encoding: {
        y: { field: "mean", type: "quantitative", title: "probability", scale: { domain: [0, 1] } }
      }
    }
  ]
})

const measured = {
  perplexity: { title: "perplexity a token", axis: "perplexity" },
  distinct2: { title: "share of different pairs of tokens", axis: "distinct-2" }
} as const

/** Lines. */
const simple = (name: string, values: Values, field: keyof typeof measured, lines: string): Panel => ({
  title: measured[field].title,
  width: WIDTH,
  height: 140,
  data: { values: [...values] },
  mark: { type: "line", point: true },
  encoding: {
    x: across(name),
    y: { field, type: "quantitative", title: measured[field].axis, scale: { zero: false } },
    ...(lines !== "" && { color: colored(lines) })
  }
})

import * as Effect from "effect/Effect"
import type { Axis } from "./axis.ts"
import { ExperimentError } from "./experiment_error.ts"
import { type Mark, type Panel, picture } from "./picture.ts"
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
      : picture(panels, options)
  })

/** The panels for which something was measured. */
const panelsOf = (rows: ReadonlyArray<SweepRow>, { axes, judges }: ChartOptions): ReadonlyArray<Panel> => {
  const [first, ...others] = axes.map(({ name }) => name)
  const line = ({ point }: SweepRow) =>
    others.length === 0 ? undefined : showPoint(Object.fromEntries(others.map((name) => [name, point[name]!])))
  const lines = others.join(", ")
  const judged = judges.map(({ name }, i) =>
    rows.map((row): Mark => {
      const { high, low, mean } = row.strengths[i]!.probability
      // beyond 0 and 1 there is no probability
      const ends = Number.isFinite(low) ? { low: Math.max(0, low), high: Math.min(1, high) } : {}
      return { x: row.point[first!]!, line: line(row) ?? name, y: finite(mean), ...ends }
    })
  )
  const strengths: ReadonlyArray<readonly [string, ReadonlyArray<Mark>]> =
    others.length > 0
      ? judged.map((marks, i) => [`${judges[i]!.name}, with 95 % interval`, marks])
      : [["probability of the label, with 95 % interval", judged.flat()]]
  const measured = ([field, title, y]: (typeof numbers)[number]): Panel => ({
    title,
    x: first!,
    y,
    height: 140,
    ...(lines !== "" && { legend: lines }),
    marks: rows.map((row) => ({ x: row.point[first!]!, line: line(row), y: finite(row[field]) }))
  })
  return [
    ...strengths.map(
      ([title, marks]): Panel => ({
        title,
        x: first!,
        y: "probability",
        legend: lines || "label",
        domain: [0, 1],
        marks
      })
    ),
    ...numbers.map(measured)
  ].filter(({ marks }) => marks.some(({ y }) => y !== null))
}

/** What is measured besides strengths: its field, its title, its axis. */
const numbers = [
  ["perplexity", "perplexity a token", "perplexity"],
  ["distinct2", "share of different pairs of tokens", "distinct-2"]
] as const

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null)

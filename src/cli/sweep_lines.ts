import type { Axis } from "../evaluation/axis.ts"
import type { Estimate } from "../evaluation/interval.ts"
import type { Judge } from "../evaluation/strength.ts"
import type { SweepRow } from "../evaluation/sweep.ts"

/** A sweep as a table that a person reads while its rows come: the head, and a line for each row. */
export const sweepLines = (axes: ReadonlyArray<Axis>, judges: ReadonlyArray<Judge>) => {
  const widths = [
    ...axes.map(({ name, points }) => Math.max(...[name, ...points].map((cell) => `${cell}`.length))),
    "perplexity".length,
    "distinct-2".length,
    ...judges.map(({ name }) => Math.max(name.length, estimate({ mean: 0, low: 0, high: 0, count: 2 }).length))
  ]
  const line = (cells: ReadonlyArray<string>) => `${cells.map((cell, i) => cell.padStart(widths[i]!)).join("  ")}\n`
  return {
    head: line([...axes.map(({ name }) => name), "perplexity", "distinct-2", ...judges.map(({ name }) => name)]),
    line: ({ distinct2, perplexity, point, strengths }: SweepRow): string =>
      line([
        ...Object.values(point).map(String),
        known(perplexity, perplexity.toFixed(2)),
        known(distinct2, distinct2.toFixed(3)),
        ...strengths.map(({ probability }) => estimate(probability))
      ])
  }
}

const known = (x: number, text: string): string => (Number.isNaN(x) ? "-" : text)

const estimate = ({ high, low, mean }: Estimate): string =>
  Number.isFinite(low) ? `${mean.toFixed(3)} (${low.toFixed(3)}..${high.toFixed(3)})` : mean.toFixed(3)

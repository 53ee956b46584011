import type { Axis } from "./axis.ts"
import type { Cell } from "./csv.ts"
import type { Judge } from "./strength.ts"
import type { SweepRow } from "./sweep.ts"

/** The columns of a sweep's table; those of a judge begin with its name. */
export const sweepHeader = (
  axes: ReadonlyArray<Pick<Axis, "name">>,
  judges: ReadonlyArray<Pick<Judge, "name">>
): ReadonlyArray<string> => [
  ...axes.map(({ name }) => name),
  "texts",
  "tokens",
  "perplexity",
  "distinct_2",
  ...judges.flatMap(({ name }) => [name, `${name} low`, `${name} high`, `${name} share`])
]

/** A row under that header: a judge's probability with its interval, and the share of texts with the label. */
export const sweepCells = ({
  distinct2,
  perplexity,
  point,
  strengths,
  texts,
  tokens
}: SweepRow): ReadonlyArray<Cell> => [
  ...Object.values(point),
  texts,
  tokens,
  perplexity,
  distinct2,
  ...strengths.flatMap(({ probability: { high, low, mean }, share }) => [mean, low, high, share.mean])
]

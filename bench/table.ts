/** One contender of a bench: does its work once, and says by how many units (tokens, rows) the time is divided. */
export interface Contender {
  readonly name: string
  readonly run: () => Promise<number> | number
}

/** Median and quartiles of the time of one unit. Units: milliseconds. */
export interface Timing {
  readonly name: string
  readonly median: number
  readonly low: number
  readonly high: number
}

const quantile = (sorted: ReadonlyArray<number>, q: number): number => sorted[Math.round(q * (sorted.length - 1))]!

/** Runs contenders in turns, so that what disturbs the machine disturbs all of them; the first round is not counted. */
export const compare = async (contenders: ReadonlyArray<Contender>, rounds = 9): Promise<ReadonlyArray<Timing>> => {
  const times = contenders.map((): Array<number> => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      const start = performance.now()
      const units = await run()
      if (round > 0) times[i]!.push((performance.now() - start) / units)
    }
  }
  return contenders.map(({ name }, i) => {
    const sorted = times[i]!.sort((a, b) => a - b)
    return { name, median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
  })
}

/** A table a person can read: each contender's time and its ratio to the first. */
export const table = (
  title: string,
  unit: string,
  timings: ReadonlyArray<Timing>,
  notes: ReadonlyArray<string> = []
): string => {
  const base = timings[0]!.median
  const rows = timings.map(({ high, low, median, name }) => [
    name,
    format(median),
    `${format(low)} to ${format(high)}`,
    `${(median / base).toFixed(2)}x`
  ])
  return [
    `### ${title}`,
    "",
    `| | ms per ${unit} | quartiles | against the first |`,
    "|---|---|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
    "",
    ...notes.flatMap((note) => [note, ""])
  ].join("\n")
}

const format = (ms: number): string => (ms >= 1 ? ms.toFixed(2) : ms.toPrecision(3))

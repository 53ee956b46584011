import * as Effect from "effect/Effect"
import type { LanguageModel } from "../../src/model/language_model.ts"

/** What one call costs that scores `positions` new tokens behind each of `sequences` cached contexts. */
export interface Cost {
  readonly sequences: number
  readonly positions: number
  /** Median. Units: milliseconds. */
  readonly time: number
}

const cached = 64
const positions = [1, 2, 3, 4, 6, 8, 12, 16]
// no more than 32 new tokens in all: what a formula's verification asks for
const grid = [1, 2, 3, 4].flatMap((sequences) =>
  positions.filter((count) => sequences * count <= 32).map((count) => ({ sequences, positions: count }))
)

/**
 * Measures `score` behind contexts of 64 cached tokens, where the new tokens of one call are rolled back by the next.
 * The kinds of call take turns, there and back; the first call of each turn is not counted, so that no kind pays for
 * the session or the garbage of the one before.
 */
export const costs = async (model: LanguageModel, rounds = 10): Promise<ReadonlyArray<Cost>> => {
  const size = model.vocabulary.size
  const prefixes = [1, 2, 3, 4].map((seed) => Array.from({ length: cached }, (_, i) => (i * 977 + seed * 131) % size))
  const timed = async ({ positions, sequences }: (typeof grid)[number]): Promise<number> => {
    const requests = prefixes.slice(0, sequences).map((prefix, sequence) => ({
      context: [...prefix, ...Array.from({ length: positions }, (_, i) => (i * 389 + sequence) % size)],
      from: cached + 1
    }))
    const start = performance.now()
    await Effect.runPromise(model.score(requests))
    return performance.now() - start
  }
  // opens every session
  for (const cell of grid) await timed(cell)
  // a turn lasts some milliseconds at least, lest the scheduler be what is measured
  const calls = 1 + Math.ceil(8 / (await timed(grid[0]!)))
  const times = grid.map((): Array<number> => [])
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [...grid.keys()] : [...grid.keys()].reverse()
    for (const i of order) {
      await timed(grid[i]!)
      for (let call = 0; call < calls; call++) times[i]!.push(await timed(grid[i]!))
    }
  }
  return grid.map((cell, i) => ({ ...cell, time: median(times[i]!) }))
}

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

/** The costs of one model for people: each with its ratio to that of one position of one sequence. */
export const costTable = (title: string, measured: ReadonlyArray<Cost>): string => {
  const base = measured[0]!.time
  const cell = (sequences: number, count: number): string => {
    const found = measured.find((cost) => cost.sequences === sequences && cost.positions === count)
    return found === undefined ? "" : `${found.time.toPrecision(3)} (${(found.time / base).toFixed(2)}x)`
  }
  return [
    `### ${title}: ms of one call behind ${cached} cached tokens (against one position of one sequence)`,
    "",
    `| sequences \\ new positions of each | ${positions.join(" | ")} |`,
    `|---|${positions.map(() => "---|").join("")}`,
    ...[1, 2, 3, 4].map(
      (sequences) => `| ${sequences} | ${positions.map((count) => cell(sequences, count)).join(" | ")} |`
    ),
    ""
  ].join("\n")
}

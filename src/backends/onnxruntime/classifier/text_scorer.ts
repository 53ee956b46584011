import { type Scorer, Stopped } from "../scorer.ts"
import type { TextRunner } from "./text_runner.ts"

/**
 * A scorer that gives each whole text its row, texts of like length together, in runs of no more than `runLength`
 * tokens, padding included, unless one text is longer. Nothing is remembered.
 */
export const textScorer = (runner: TextRunner, runLength = 2048): Scorer => ({
  byteLength: () => 0,
  score: async (jobs, stopped = () => false) => {
    const texts = jobs.map(({ context }) => context)
    const rows = new Map<number, Float32Array>()
    for (const run of runsOf(texts, runner, runLength)) {
      if (stopped()) throw new Stopped("the call was given up")
      const results = await runner.run(run.map((i) => texts[i]!))
      run.forEach((i, at) => void rows.set(i, results[at]!))
    }
    return texts.map((_, i) => [rows.get(i)!])
  }
})

/** Which texts go together, the longest first. */
const runsOf = (
  texts: ReadonlyArray<Int32Array>,
  runner: TextRunner,
  runLength: number
): ReadonlyArray<ReadonlyArray<number>> => {
  const runs: Array<Array<number>> = []
  const byLength = texts.map((_, i) => i).sort((a, b) => texts[b]!.length - texts[a]!.length)
  for (const i of byLength) {
    const run = runs.at(-1)
    const length = run === undefined ? 0 : texts[run[0]!]!.length
    const fits = run !== undefined && run.length < runner.texts && (run.length + 1) * length <= runLength
    if (fits && (!runner.sameLength || length === texts[i]!.length)) run.push(i)
    else runs.push([i])
  }
  return runs
}

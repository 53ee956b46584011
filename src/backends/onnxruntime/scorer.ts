import { sameMix } from "./mix.ts"
import { assign, type Entry, evict, type Job, known, sharedPrefix, usable } from "./pool.ts"
import type { Past, Runner } from "./runner.ts"

/** Scores contexts on a runner and remembers their pasts, which does not show in the rows. */
export interface Scorer {
  /** The rows of each job. Rejects with `Stopped` between two runs once `stopped` says so. */
  readonly score: (
    jobs: ReadonlyArray<Job>,
    stopped?: () => boolean
  ) => Promise<ReadonlyArray<ReadonlyArray<Float32Array>>>
  /** What the remembered pasts take up. Units: bytes. */
  readonly byteLength: () => number
}

/** Nobody waits for the rows any more. */
export class Stopped extends Error {}

/** A prefix of this many tokens that two jobs of a call have in common is scored once, before the second one. */
const worthWaiting = 32

/** A scorer that keeps pasts within `cacheBytes` and gives no run more than `runLength` new tokens. One call at a time. */
export const makeScorer = <P extends Past>(runner: Runner<P>, cacheBytes: number, runLength = 2048): Scorer => {
  const pool = new Set<Entry<P>>()
  let calls = 0

  const runWave = async (jobs: ReadonlyArray<Job>, stopped: () => boolean) => {
    const entries = assign(pool, jobs, runner.emptyPast)
    const parts = jobs.map((job, i) => {
      const entry = entries[i]!
      entry.used = calls
      return { ...job, entry, done: entry.past.length, rows: [] as Array<Float32Array> }
    })
    for (let first = true; ; first = false) {
      const active = parts.filter(({ context, done }) => done < context.length)
      if (active.length === 0) return parts.map(({ rows }) => rows)
      // runs may be synchronous: between two of them the event loop turns, and hears of who gave up
      if (!first) await new Promise(setImmediate)
      if (stopped()) throw new Stopped("the call was given up")
      const most = Math.min(runner.blockLength, Math.max(1, Math.floor(runLength / active.length)))
      const blocks = active.map(({ context, done, entry, from, mix }) => {
        const end = Math.min(context.length, done + most)
        return {
          past: entry.past,
          tokens: context.subarray(done, end),
          rows: Math.max(0, end - Math.max(done, from - 1)),
          mix
        }
      })
      const results = await runner.run(blocks).catch((thrown) => {
        throw stopped() ? new Stopped("the call was given up") : thrown
      })
      active.forEach((part, i) => {
        part.done += blocks[i]!.tokens.length
        part.entry.tokens = part.context.subarray(0, part.entry.past.length)
        for (const row of results[i]!) part.rows.push(row)
      })
    }
  }

  return {
    byteLength: () => [...pool].reduce((sum, { past }) => sum + past.byteLength, 0),
    score: async (jobs, stopped = () => false) => {
      calls++
      const distinct = mergeEqual(jobs)
      const rows = new Map<Job, ReadonlyArray<Float32Array>>()
      try {
        let waiting: ReadonlyArray<Job> = distinct.merged
        while (waiting.length > 0) {
          const wave = nextWave(waiting, pool, runner)
          const results = await runWave(wave, stopped)
          wave.forEach((job, i) => void rows.set(job, results[i]!))
          waiting = waiting.filter((job) => !rows.has(job))
        }
      } finally {
        evict(pool, cacheBytes)
      }
      const given = new Set<Float32Array>()
      return jobs.map((job, i) => {
        const merged = distinct.merged[distinct.place[i]!]!
        return rows
          .get(merged)!
          .slice(job.from - merged.from)
          .map((row) => {
            if (given.has(row)) return row.slice()
            given.add(row)
            return row
          })
      })
    }
  }
}

/** Jobs with one context and one mix as one job, and for each job the place of the one that stands for it. */
const mergeEqual = (jobs: ReadonlyArray<Job>) => {
  const merged: Array<Job> = []
  const place = jobs.map((job) => {
    const same = merged.findIndex(
      ({ context, mix }) =>
        context.length === job.context.length &&
        sameMix(mix, job.mix) &&
        sharedPrefix(context, job.context) === context.length
    )
    if (same < 0) return merged.push(job) - 1
    if (job.from < merged[same]!.from) merged[same] = job
    return same
  })
  return { merged, place }
}

/**
 * The jobs of the next run: those left out share a long prefix with one of them, and find it in the pool afterwards, or
 * have a mix that shares no run.
 */
const nextWave = <P extends Past>(
  waiting: ReadonlyArray<Job>,
  pool: ReadonlySet<Entry<P>>,
  { needsOwnRun = () => false, slots }: Runner<P>
): ReadonlyArray<Job> => {
  const wave: Array<Job> = []
  for (const job of waiting) {
    if (wave.length === slots) break
    const [first = job] = wave
    const apart = needsOwnRun(job.mix) || needsOwnRun(first.mix)
    if (apart && !sameMix(first.mix, job.mix)) continue
    const soon = Math.max(0, ...wave.map(({ context, mix }) => usable({ tokens: context, mix }, job)))
    if (soon >= worthWaiting && soon - known(pool, job) >= worthWaiting) continue
    wave.push(job)
  }
  return wave
}

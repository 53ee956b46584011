import { type Mix, sameMix } from "./mix.ts"
import type { Past } from "./runner.ts"

/** A past that is kept, and the tokens that it covers. */
export interface Entry<P extends Past> {
  tokens: Int32Array
  /** The adapters that it was computed with. */
  readonly mix: Mix
  readonly past: P
  /** Number of the call that used it last. */
  used: number
}

/** A context to be scored from its first `from` tokens on. */
export interface Job {
  readonly context: Int32Array
  readonly from: number
  readonly mix?: Mix
}

/** A continuation of more tokens than this is worth keeping when a context parts from it: the prefix is copied instead. */
const longestDrop = 16

/** How many first tokens two contexts have in common. */
export const sharedPrefix = (a: Int32Array, b: Int32Array): number => {
  const length = Math.min(a.length, b.length)
  let i = 0
  while (i < length && a[i] === b[i]) i++
  return i
}

/**
 * How much of a kept past serves a job: at least one token is left to run, for its row; nothing of what was computed
 * with other adapters.
 */
export const usable = (kept: Pick<Entry<Past>, "mix" | "tokens">, { context, from, mix }: Job): number =>
  sameMix(kept.mix, mix) ? Math.min(sharedPrefix(kept.tokens, context), from - 1) : 0

/** Whether a kept past is all that a job needs: the next token of a text, the next draft behind it. */
const continues = (entry: Entry<Past>, job: Job): boolean =>
  entry.tokens.length === job.from - 1 && usable(entry, job) === job.from - 1

/** How much of a job the pool has: the most that one kept past has of it. */
export const known = (pool: ReadonlySet<Entry<Past>>, job: Job): number => {
  let most = 0
  for (const entry of pool) if (continues(entry, job)) return job.from - 1
  for (const entry of pool) most = Math.max(most, usable(entry, job))
  return most
}

/** A past for each job that is all it needs, where there is one for each: what happens at nearly every token. */
const continued = <P extends Past>(
  pool: ReadonlySet<Entry<P>>,
  jobs: ReadonlyArray<Job>
): ReadonlyArray<Entry<P>> | undefined => {
  const owned = new Set<Entry<P>>()
  for (const job of jobs) {
    let found: Entry<P> | undefined
    for (const entry of pool) {
      if (!owned.has(entry) && continues(entry, job)) {
        found = entry
        break
      }
    }
    if (found === undefined) return undefined
    owned.add(found)
  }
  return [...owned]
}

/**
 * Gives each job the kept past that has most of its context, rolled back to what they share; a past that another job
 * got, or whose rest is worth keeping, is copied. Jobs without any get an empty one. New entries join the pool.
 */
export const assign = <P extends Past>(
  pool: Set<Entry<P>>,
  jobs: ReadonlyArray<Job>,
  emptyPast: () => P
): ReadonlyArray<Entry<P>> => {
  const ready = continued(pool, jobs)
  if (ready !== undefined) return ready
  const candidates = jobs
    .flatMap((job) => Array.from(pool, (entry) => ({ job, entry, shared: usable(entry, job) })))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared || a.entry.tokens.length - b.entry.tokens.length)
  const owned = new Set<Entry<P>>()
  const given = new Map<Job, Entry<P>>()
  const rollBacks: Array<() => void> = []
  for (const { entry, job, shared } of candidates) {
    if (given.has(job)) continue
    if (owned.has(entry) || entry.tokens.length - shared > longestDrop) {
      const past = entry.past.copy(shared) as P
      given.set(job, { tokens: entry.tokens.subarray(0, shared), mix: job.mix, past, used: 0 })
    } else {
      owned.add(entry)
      given.set(job, entry)
      rollBacks.push(() => {
        entry.past.truncate(shared)
        entry.tokens = entry.tokens.subarray(0, shared)
      })
    }
  }
  // only now, so that every copy was made from what the owner is about to overwrite
  for (const rollBack of rollBacks) rollBack()
  return jobs.map((job) => {
    const entry = given.get(job) ?? { tokens: job.context.subarray(0, 0), mix: job.mix, past: emptyPast(), used: 0 }
    pool.add(entry)
    return entry
  })
}

/** Drops the entries that were not used for longest until the rest fits. */
export const evict = <P extends Past>(pool: Set<Entry<P>>, bytes: number): void => {
  let taken = 0
  let empty = false
  for (const { past } of pool) {
    taken += past.byteLength
    empty ||= past.length === 0
  }
  if (taken <= bytes && !empty) return
  let room = bytes
  for (const entry of [...pool].sort((a, b) => b.used - a.used)) {
    room -= entry.past.byteLength
    if (room < 0 || entry.past.length === 0) {
      pool.delete(entry)
      entry.past.release()
    }
  }
}

import type { Description, Source } from "./load.ts"
import type { Job } from "./pool.ts"
import type { Settings } from "./settings.ts"

/** To the worker, first: what to load. `stop` holds the number of a call to give up, or `everything`. */
export interface Start {
  readonly source: Source
  readonly settings: Settings
  readonly stop: Int32Array<SharedArrayBuffer>
}

/** In `stop`: give up whatever comes. Calls count from 1. */
export const everything = -1

/** To the worker, after that: the jobs of a call as `packJobs` writes them, or `"close"`. */
export type Order = Int32Array<ArrayBuffer> | "close"

/** From the worker: one answer for each message. */
export type Answer =
  | { readonly kind: "loaded"; readonly description: Description }
  | { readonly kind: "rows"; readonly rows: ReadonlyArray<ReadonlyArray<Float32Array<ArrayBuffer>>> }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "closed" }

/** Rows are views of what the runtime gave: its memory goes to the other thread as it is. */
export const memoryOf = (answer: Answer): Array<ArrayBuffer> =>
  answer.kind === "rows" ? [...new Set(answer.rows.flatMap((own) => own.map((row) => row.buffer)))] : []

/** A call as one block of numbers: its number, how many jobs, `from` and the length of each, then all tokens. */
export const packJobs = (
  call: number,
  jobs: ReadonlyArray<{ readonly context: ArrayLike<number>; readonly from: number }>
): Int32Array<ArrayBuffer> => {
  const packed = new Int32Array(jobs.reduce((sum, { context }) => sum + 2 + context.length, 2))
  packed[0] = call
  packed[1] = jobs.length
  let at = 2 + 2 * jobs.length
  for (let i = 0; i < jobs.length; i++) {
    const { context, from } = jobs[i]!
    packed[2 + 2 * i] = from
    packed[3 + 2 * i] = context.length
    packed.set(context, at)
    at += context.length
  }
  return packed
}

/** What `packJobs` wrote; the contexts are views. */
export const unpackJobs = (packed: Int32Array): { readonly call: number; readonly jobs: ReadonlyArray<Job> } => {
  const [call, count] = packed as unknown as [number, number]
  let at = 2 + 2 * count
  const jobs = Array.from({ length: count }, (_, i): Job => {
    const begin = at
    at += packed[3 + 2 * i]!
    return { from: packed[2 + 2 * i]!, context: packed.subarray(begin, at) }
  })
  return { call, jobs }
}

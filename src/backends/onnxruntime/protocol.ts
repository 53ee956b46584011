import type { Description, Source } from "./load.ts"
import { type Mix, sameMix } from "./mix.ts"
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

/** Numbers before those of the jobs, and for each job. */
const [head, each] = [4, 3]

/**
 * A call as one block of numbers: its number, how many jobs, how many mixes and the length of one; `from`, the length
 * and the number of the mix, from 1, of each job; then all tokens, and all mixes as float32.
 */
export const packJobs = (
  call: number,
  jobs: ReadonlyArray<{ readonly context: ArrayLike<number>; readonly from: number; readonly mix?: Mix }>
): Int32Array<ArrayBuffer> => {
  const mixes: Array<Float32Array> = []
  const width = jobs.find(({ mix }) => mix !== undefined)?.mix?.length ?? 0
  const places = jobs.map(({ mix }) => {
    if (mix === undefined) return 0
    const known = mixes.findIndex((one) => sameMix(one, mix))
    return known < 0 ? mixes.push(mix) : known + 1
  })
  const tokens = jobs.reduce((sum, { context }) => sum + context.length, 0)
  const packed = new Int32Array(head + each * jobs.length + tokens + width * mixes.length)
  packed.set([call, jobs.length, mixes.length, width])
  let at = head + each * jobs.length
  for (let i = 0, own = head; i < jobs.length; i++, own += each) {
    const { context, from } = jobs[i]!
    packed[own] = from
    packed[own + 1] = context.length
    packed[own + 2] = places[i]!
    packed.set(context, at)
    at += context.length
  }
  const numbers = new Float32Array(packed.buffer)
  for (const mix of mixes) {
    numbers.set(mix, at)
    at += width
  }
  return packed
}

/** What `packJobs` wrote; contexts and mixes are views. */
export const unpackJobs = (packed: Int32Array): { readonly call: number; readonly jobs: ReadonlyArray<Job> } => {
  const [call, count, mixCount, width] = packed as unknown as [number, number, number, number]
  const first = packed.length - mixCount * width
  const mixes = Array.from({ length: mixCount }, (_, i) => {
    const begin = packed.byteOffset + 4 * (first + i * width)
    return new Float32Array(packed.buffer as ArrayBuffer, begin, width)
  })
  let at = head + each * count
  const jobs = Array.from({ length: count }, (_, i): Job => {
    const own = head + each * i
    const begin = at
    at += packed[own + 1]!
    return { from: packed[own]!, context: packed.subarray(begin, at), mix: mixes[packed[own + 2]! - 1] }
  })
  return { call, jobs }
}

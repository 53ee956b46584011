import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { onDisk, sizeOf } from "./cache.ts"
import { diskFailure, HubFailure, networkFailure } from "./failure.ts"
import { request } from "./request.ts"
import { retrying } from "./retry.ts"
import type { HubSettings } from "./settings.ts"

/** A file to receive: where from, where to, and how long it must become. */
export interface Reception {
  readonly url: string
  readonly path: string
  readonly size: number
  readonly settings: HubSettings
  /** Called with the bytes that are there. */
  readonly tell: (bytes: number) => void
}

/**
 * Receives a file to its full length, from where an earlier try left it. A broken connection is taken up again, with
 * patience that every new byte restores. Interrupting it leaves what is there for the next time.
 */
export const receive = (reception: Reception): Effect.Effect<void, HubFailure> =>
  Effect.suspend(() => {
    let arrived = 0
    const count = (bytes: number) => {
      arrived += bytes
    }
    return retrying(Effect.scoped(receiveOnce(reception, count)), { tries: () => 5, progress: () => arrived })
  })

const receiveOnce = (
  { path, settings, size, tell, url }: Reception,
  count: (bytes: number) => void
): Effect.Effect<void, HubFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const kept = sizeOf(path) ?? 0
    let at = kept > size ? 0 : kept
    const file = yield* Effect.acquireRelease(
      onDisk(path, () => openSync(path, at > 0 ? "r+" : "w")),
      (open) => Effect.sync(() => closeSync(open))
    )
    tell(at)
    if (at === size) return
    const { signal } = yield* Effect.acquireRelease(
      Effect.sync(() => new AbortController()),
      (controller) => Effect.sync(() => controller.abort())
    )
    const ask = { signal, timeout: settings.timeouts.bytes, headers: at > 0 ? { range: `bytes=${at}-` } : {} }
    const response = yield* Effect.tryPromise({
      try: () => request(url, settings, ask),
      catch: (error) => (error instanceof HubFailure ? error : networkFailure("cut", url, error))
    }).pipe(
      Effect.catchIf(
        ({ status }) => status === 416,
        (failure) => {
          // there is no such part: what was kept is of no use
          rmSync(path, { force: true })
          return Effect.fail(new HubFailure({ ...failure, kind: "cut" }))
        }
      )
    )
    const start = startOf(response)
    if (start !== at) {
      if (start !== 0) return yield* wrong(url, `it answers from byte ${start} where byte ${at} was asked for`)
      yield* onDisk(path, () => ftruncateSync(file, 0))
      at = 0
    }
    const announced = lengthOf(response, start)
    if (announced !== undefined && announced !== size) {
      return yield* wrong(url, `${announced} bytes are announced, and the listing says ${size}`)
    }
    const reader = response.body!.getReader()
    while (true) {
      const { done, value } = yield* Effect.tryPromise({
        try: () => reader.read(),
        catch: (error) => networkFailure("cut", url, error)
      }).pipe(
        Effect.timeoutOrElse({
          duration: settings.timeouts.bytes,
          orElse: () => Effect.fail(networkFailure("cut", url, `nothing came for ${settings.timeouts.bytes / 1000} s`))
        })
      )
      if (done) break
      if (at + value.length > size) return yield* wrong(url, `more than the ${size} bytes come that the listing says`)
      yield* Effect.try({ try: () => write(file, value, at), catch: (error) => diskFailure(path, error) })
      at += value.length
      count(value.length)
      tell(at)
    }
    if (at < size) return yield* networkFailure("cut", url, `after ${at} of ${size} bytes`)
  })

const wrong = (url: string, what: string) => new HubFailure({ kind: "wrong", what: `${url}: ${what}` })

const rangeOf = ({ headers, status }: Response) =>
  status === 206 ? /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") : null

/** A server may send the whole where a part was asked for. */
const startOf = (response: Response): number => Number(rangeOf(response)?.[1] ?? 0)

/** The length of the whole file, where the answer tells it. */
const lengthOf = (response: Response, start: number): number | undefined => {
  const total = Number(rangeOf(response)?.[2] ?? Number.NaN)
  if (Number.isSafeInteger(total)) return total
  const length = response.headers.get("content-length")
  return length === null || response.headers.has("content-encoding") ? undefined : start + Number(length)
}

const write = (file: number, bytes: Uint8Array, at: number): void => {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done)
}

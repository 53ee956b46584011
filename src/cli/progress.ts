import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { bar, statusLine, type Terminal } from "../backends/status_line.ts"

/** Tells a person how far something is. */
export interface Progress {
  readonly tell: (done: number, total: number) => void
  /** The line is away while something else writes to the terminal. */
  readonly aside: <A, E, R>(write: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Nothing is told of what takes less. Units: milliseconds. */
const patience = 2000

/**
 * A line on standard error with what is done, how fast, and what time is left: if that is a terminal, from the second
 * second on, and until the scope ends.
 */
export const progress = (
  title: string,
  unit: string,
  out: Terminal = process.stderr,
  now: () => number = () => performance.now()
): Effect.Effect<Progress, never, Scope.Scope> => {
  const line = statusLine(out, now)
  const start = now()
  let first: { readonly time: number; readonly done: number } | undefined
  const tell = (done: number, total: number): void => {
    if (out.isTTY !== true) return
    first ??= { time: now(), done }
    if (now() - start < patience) return
    const share = total === 0 ? 1 : Math.min(1, done / total)
    // loading comes before the first step and is no part of the speed
    const rate = (1000 * (done - first.done)) / (now() - first.time)
    const speed = rate > 0 ? `, ${showRate(rate)} ${unit}/s, ${showTime((total - done) / rate)} left` : ""
    line.draw(`${bar(share)}  ${title}: ${done}/${total} ${unit}${speed}`)
  }
  const aside = <A, E, R>(write: Effect.Effect<A, E, R>) => Effect.andThen(Effect.sync(line.wipe), write)
  return Effect.acquireRelease(Effect.succeed({ tell, aside }), () => Effect.sync(line.wipe))
}

/** Tells of something that takes long, and of which no more is known, how long it has taken. */
export const waiting =
  (title: string, out: Terminal = process.stderr, now: () => number = () => performance.now()) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      if (out.isTTY !== true) return self
      const line = statusLine(out, now)
      const start = now()
      // who has told of a part of it a moment ago knows more
      const draw = Effect.sync(() => {
        if (line.age() > 900) line.draw(`${title}: ${showTime((now() - start) / 1000)}`)
      })
      const telling = Effect.andThen(Effect.sleep(patience), Effect.forever(Effect.andThen(draw, Effect.sleep(1000))))
      return Effect.raceFirst(self, telling).pipe(Effect.ensuring(Effect.sync(line.wipe)))
    })

const showRate = (rate: number): string => (rate < 10 ? rate.toFixed(1) : rate.toFixed(0))

/** Seconds for a person: 2 min 5 s. */
const showTime = (seconds: number): string => {
  const all = Math.ceil(seconds)
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`
}

import { dlopen } from "bun:ffi"
import { closeSync, fstatSync, mkdirSync, openSync, rmSync, statSync } from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { diskFailure, type HubFailure } from "./failure.ts"

/** flock(2): what Python's huggingface_hub locks with, and gone with the process that holds it. */
type Flock = (file: number, operation: number) => number
const exclusiveWithoutWaiting = 2 | 4

const libraries = [
  "libc.so.6",
  "libSystem.B.dylib",
  `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`
]
let known: Flock | undefined

/** `undefined` where the system has none, as Windows. */
const flock = (): Flock | undefined => {
  for (const name of known === undefined ? libraries : []) {
    try {
      known = dlopen(name, { flock: { args: ["int", "int"], returns: "int" } }).symbols.flock
      break
    } catch {
      // the library of another system
    }
  }
  return known
}

/**
 * Holds a lock on a file until the scope closes, and waits for whoever holds it, this process or another; `onWait` runs
 * when that takes longer than a second. It saves fetching twice; where a file system has no locks, nothing is waited
 * for, and nothing breaks.
 */
export const lock = (path: string, onWait: Effect.Effect<void>): Effect.Effect<void, HubFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const take = flock()
    if (take === undefined) return
    const free = yield* tryLock(path, take)
    if (free || !works(`${path}.${process.pid}`, take)) return
    for (let waited = 0; !(yield* tryLock(path, take)); waited++) {
      if (waited === 10) yield* onWait
      yield* Effect.sleep(100)
    }
  })

const tryLock = (path: string, take: Flock): Effect.Effect<boolean, HubFailure, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const file = yield* Effect.try({ try: () => locked(path, take), catch: (error) => diskFailure(path, error) })
      if (file === undefined) return false
      yield* Effect.addFinalizer(() => Effect.sync(() => closeSync(file)))
      return true
    })
  )

const locked = (path: string, take: Flock): number | undefined => {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, "a", 0o664)
  // whoever held it may have removed the file: a lock on what has no name any more keeps nobody out
  const held = take(file, exclusiveWithoutWaiting) === 0
  if (held && statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino) return file
  closeSync(file)
  return undefined
}

/** Whether this file system has locks at all: a file of our own can be locked. */
const works = (path: string, take: Flock): boolean => {
  try {
    const file = openSync(path, "w")
    const held = take(file, exclusiveWithoutWaiting) === 0
    closeSync(file)
    rmSync(path, { force: true })
    return held
  } catch {
    return false
  }
}

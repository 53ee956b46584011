import { closeSync, fsyncSync, openSync, renameSync, rmSync, type Stats, statSync, writeSync } from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ClosedPipe, Mistake } from "./mistake.ts"

/** Output could not be written: the disk is full, say. */
export class OutputError extends Data.TaggedError("OutputError")<{ readonly message: string }> {}

/** Where a command's output goes. */
export interface Output {
  readonly write: (text: string) => Effect.Effect<void, ClosedPipe | OutputError>
  /** All is written: a file takes its name. */
  readonly done: Effect.Effect<void, OutputError>
}

const toStream = (stream: NodeJS.WriteStream): Output => ({
  write: (text) =>
    Effect.callback((resume) => {
      stream.write(text, (error) => {
        if (!error) return resume(Effect.void)
        const closed = "code" in error && error.code === "EPIPE"
        resume(Effect.fail(closed ? new ClosedPipe() : new OutputError({ message: `Cannot write: ${error.message}` })))
      })
    }),
  done: Effect.void
})

/** Standard output; waits until the text is taken. A reader that has gone is `ClosedPipe`. */
export const standard: Output = toStream(process.stdout)

/** Standard error: for what is told besides. */
export const standardError: Output = toStream(process.stderr)

/** What there is under a path, if anything. */
export const kindOf = (path: string): Effect.Effect<Stats | undefined, Mistake> =>
  Effect.try({
    try: () => statSync(path, { throwIfNoEntry: false }),
    catch: (error) => new Mistake({ message: `Cannot write to ${path}: ${reason(error)}` })
  })

/**
 * A file that appears whole or not at all: text goes to a file beside it, which takes its name at the end. A name that
 * belongs to no regular file (a device, a pipe) is written to as it comes.
 */
export const toFile = (path: string): Effect.Effect<Output, Mistake, Scope.Scope> =>
  Effect.gen(function* () {
    if (path === "") return yield* new Mistake({ message: "Cannot write to a file without a name" })
    const device = (yield* kindOf(path))?.isFile() === false
    const partial = device ? path : `${path}.partial-${process.pid}`
    const file = yield* Effect.acquireRelease(
      Effect.try({
        try: () => openSync(partial, "w"),
        catch: (error) => new Mistake({ message: `Cannot write to ${path}: ${reason(error)}` })
      }),
      (open) =>
        Effect.sync(() => {
          closeSync(open)
          if (!device) rmSync(partial, { force: true })
        })
    )
    const attempt = (work: () => void) =>
      Effect.try({
        try: work,
        catch: (error) => new OutputError({ message: `Cannot write to ${path}: ${reason(error)}; nothing was saved` })
      })
    return {
      write: (text) =>
        attempt(() => {
          const bytes = new TextEncoder().encode(text)
          for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
        }),
      done: attempt(() => {
        if (device) return
        fsyncSync(file)
        renameSync(partial, path)
      })
    }
  })

const reason = (error: unknown): string => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined
  switch (code) {
    case "ENOSPC":
      return "the disk is full"
    case "EACCES":
    case "EPERM":
      return "permission denied"
    case "ENOENT":
      return "there is no such folder"
    case "ENOTDIR":
      return "a part of it is no folder"
    case "ENAMETOOLONG":
      return "its name is too long"
    case "EISDIR":
      return "it is a folder"
    default:
      return error instanceof Error ? error.message : String(error)
  }
}

/** JSON for people and programs. */
export const pretty = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`

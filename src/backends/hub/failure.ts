import * as Data from "effect/Data"

/**
 * Why something could not be had from a hub or kept on disk.
 *
 * - `unreachable`: no connection, or no answer in time;
 * - `refused`: an answer that is none of the thing, with its status;
 * - `cut`: a file's bytes stopped before its end;
 * - `wrong`: something came that is not what was asked for;
 * - `absent`: it is not in the cache, and nothing may be asked;
 * - `disk`: it cannot be written.
 */
export class HubFailure extends Data.TaggedError("HubFailure")<{
  readonly kind: "unreachable" | "refused" | "cut" | "wrong" | "absent" | "disk"
  /** A clause for the user. */
  readonly what: string
  readonly status?: number
  /** The hub's own word for it: `GatedRepo`, `RepoNotFound`, `RevisionNotFound`, `EntryNotFound`. */
  readonly code?: string | undefined
  /** How long the hub asks to wait. Units: milliseconds. */
  readonly wait?: number | undefined
}> {
  override get message(): string {
    return this.what
  }
}

/** Whether the same request may go well the next time. */
export const isTransient = ({ kind, status = 0 }: HubFailure): boolean =>
  kind === "unreachable" || kind === "cut" || status === 408 || status === 429 || status >= 500

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : ""

/** What went wrong with a file. */
export const diskFailure = (path: string, error: unknown): HubFailure => {
  const reasons: Readonly<Record<string, string>> = {
    ENOSPC: "the disk is full",
    EDQUOT: "the disk quota is used up",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EROFS: "the file system is read-only",
    ENOTDIR: "a file is where a folder should be"
  }
  const reason = reasons[codeOf(error)] ?? (error instanceof Error ? error.message : String(error))
  return new HubFailure({ kind: "disk", what: `${path} cannot be written: ${reason}` })
}

/** What went wrong with a connection. */
export const networkFailure = (kind: "unreachable" | "cut", url: string, error: unknown): HubFailure => {
  const { origin } = new URL(url)
  const code = codeOf(error)
  const because = code === "" ? (error instanceof Error ? error.message : String(error)) : code
  const what = kind === "cut" ? `the connection to ${origin} broke off` : `${origin} cannot be reached`
  return new HubFailure({ kind, what: `${what} (${because})` })
}

import { randomUUID } from "node:crypto"
import { copyFileSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import * as Effect from "effect/Effect"
import { diskFailure, type HubFailure } from "./failure.ts"
import { type HubName, isCommit } from "./hub_name.ts"
import type { HubSettings } from "./settings.ts"

/**
 * Where a repository's files lie, in the layout of Python's huggingface_hub, which shares them: each content once in
 * `blobs`, named by its hash; `snapshots/<commit>` with links to them; in `refs` the commit of a branch or tag; in
 * `trees` what a commit holds; in `.no_exist` what it does not; locks beside all repositories in `.locks`.
 */
export interface RepositoryCache {
  readonly root: string
  readonly folder: string
  readonly blob: (hash: string) => string
  readonly snapshot: (commit: string) => string
  readonly ref: (revision: string) => string
  readonly tree: (commit: string) => string
  readonly absent: (commit: string, file: string) => string
  readonly lock: (hash: string) => string
}

/** The cache of one repository. */
export const repositoryCache = ({ cache }: Pick<HubSettings, "cache">, { repository }: HubName): RepositoryCache => {
  const name = `models--${repository.replaceAll("/", "--")}`
  const folder = join(cache, name)
  return {
    root: cache,
    folder,
    blob: (hash) => join(folder, "blobs", hash),
    snapshot: (commit) => join(folder, "snapshots", commit),
    ref: (revision) => join(folder, "refs", revision),
    tree: (commit) => join(folder, "trees", `${commit}.json`),
    absent: (commit, file) => join(folder, ".no_exist", commit, file),
    lock: (hash) => join(cache, ".locks", name, `${hash}.lock`)
  }
}

/** The size of a file, wherever links lead; `undefined` where there is none. */
export const sizeOf = (path: string): number | undefined => {
  try {
    const stat = statSync(path)
    return stat.isFile() ? stat.size : undefined
  } catch {
    return undefined
  }
}

/** The text of a file, `undefined` where it cannot be read. */
export const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** The commit that a branch or tag stood for when it was last seen. */
export const readRef = (cache: RepositoryCache, revision: string): string | undefined => {
  const commit = isCommit(revision) ? revision : textOf(cache.ref(revision))?.trim()
  return commit !== undefined && isCommit(commit) ? commit : undefined
}

/** Runs what changes the disk. */
export const onDisk = <A>(path: string, work: () => A): Effect.Effect<A, HubFailure> =>
  Effect.try({ try: work, catch: (error) => diskFailure(path, error) })

/** Writes a small file whole or not at all, unless that is what it says already. */
export const writeWhole = (path: string, text: string): Effect.Effect<void, HubFailure> =>
  onDisk(path, () => {
    if (textOf(path) === text) return
    mkdirSync(dirname(path), { recursive: true })
    const partial = `${path}.${randomUUID().slice(0, 8)}.tmp`
    writeFileSync(partial, text)
    renameSync(partial, path)
  })

/** Makes a file of a snapshot a link to its blob; without links it is the blob itself, or a copy of an older one. */
export const link = (
  blob: string,
  path: string,
  { fresh, symlinks }: { readonly symlinks: boolean; readonly fresh: boolean }
): Effect.Effect<void, HubFailure> =>
  onDisk(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    const partial = `${path}.${randomUUID().slice(0, 8)}.tmp`
    if (!(symlinks && linked(relative(dirname(path), blob), partial))) {
      if (fresh) return renameSync(blob, path)
      copyFileSync(blob, partial)
    }
    renameSync(partial, path)
  })

const linked = (target: string, path: string): boolean => {
  try {
    symlinkSync(target, path)
    return true
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS") return false
    throw error
  }
}

import { mkdirSync, renameSync, rmSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { link, onDisk, type RepositoryCache, sizeOf } from "./cache.ts"
import { diskFailure, HubFailure } from "./failure.ts"
import { lock } from "./lock.ts"
import { receive } from "./receive.ts"
import type { HubSettings } from "./settings.ts"
import type { Content } from "./tree.ts"

/** A file of a commit that is to be in the cache. */
export interface FileOrder {
  readonly cache: RepositoryCache
  readonly settings: HubSettings
  readonly repository: string
  readonly commit: string
  readonly path: string
  readonly content: Content
  /** Called with the bytes of this file that are there. */
  readonly tell: (bytes: number) => void
  /** Runs when another process holds the file. */
  readonly onWait: Effect.Effect<void>
}

/**
 * Puts a file into the cache: one process at a time receives it into `<hash>.incomplete`, its hash is verified on the
 * disk, and it takes its name. A blob is whole or not there.
 */
export const fetchFile = (order: FileOrder): Effect.Effect<void, HubFailure> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { cache, commit, content, onWait, path, settings, tell } = order
      const blob = cache.blob(content.hash)
      yield* lock(cache.lock(content.hash), onWait)
      const fresh = sizeOf(blob) !== content.size
      if (fresh) {
        yield* onDisk(blob, () => mkdirSync(dirname(blob), { recursive: true }))
        // what was kept from an earlier try may be what is wrong: once more from the beginning
        yield* Effect.catchIf(
          receiveVerified(order, blob),
          ({ kind }) => kind === "wrong",
          () => receiveVerified(order, blob)
        )
      }
      tell(content.size)
      yield* link(blob, join(cache.snapshot(commit), path), { fresh, symlinks: settings.symlinks })
    })
  )

const receiveVerified = ({ commit, content, path, repository, settings, tell }: FileOrder, blob: string) =>
  Effect.gen(function* () {
    const partial = `${blob}.incomplete`
    const url = `${settings.endpoint}/${repository}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`
    yield* receive({ url, path: partial, size: content.size, settings, tell })
    const hash = yield* Effect.scoped(hashOf(partial, content))
    if (hash !== content.hash) {
      const what = `${url} gives other bytes than the hub lists: their hash is ${hash}, not ${content.hash}`
      return yield* new HubFailure({ kind: "wrong", what })
    }
    yield* onDisk(blob, () => renameSync(partial, blob))
  }).pipe(
    Effect.tapError(({ kind }) =>
      Effect.sync(() => {
        if (kind === "wrong") rmSync(`${blob}.incomplete`, { force: true })
      })
    )
  )

/** The hash of what is on the disk, of the kind that the content's is; when it is known, the disk has it all. */
const hashOf = (path: string, { hash, size }: Content): Effect.Effect<string, HubFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const large = hash.length === 64
    const hasher = new Bun.CryptoHasher(large ? "sha256" : "sha1")
    if (!large) hasher.update(`blob ${size}\0`)
    const attempt = <A>(work: () => Promise<A>) =>
      Effect.tryPromise({ try: work, catch: (error) => diskFailure(path, error) })
    const file: FileHandle = yield* Effect.acquireRelease(
      attempt(() => open(path, "r+")),
      (opened) => Effect.promise(() => opened.close())
    )
    yield* attempt(() => file.sync())
    const buffer = new Uint8Array(2 ** 20)
    while (true) {
      const { bytesRead } = yield* attempt(() => file.read(buffer, 0, buffer.length))
      if (bytesRead === 0) return hasher.digest("hex")
      hasher.update(buffer.subarray(0, bytesRead))
    }
  })

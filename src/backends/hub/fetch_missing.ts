import { statfsSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type RepositoryCache, sizeOf, textOf, writeWhole } from "./cache.ts"
import { filesOf, howMuch } from "./cached.ts"
import { HubFailure } from "./failure.ts"
import { fetchFile } from "./fetch_file.ts"
import { type HubName, showHubName } from "./hub_name.ts"
import { DownloadProgress, showBytes } from "./progress.ts"
import type { HubSettings } from "./settings.ts"
import { contentOf, type Tree } from "./tree.ts"
import { beside, indexFile, shardsOf, weightsAmong } from "./wanted.ts"

/** A commit that is to be in the cache, as far as it is read. */
export interface CommitOrder {
  readonly name: HubName
  readonly settings: HubSettings
  readonly cache: RepositoryCache
  readonly commit: string
  readonly tree: Tree
}

/** Files received at a time. */
const atOnce = 4

/** Marks the folder for backup programs, as huggingface_hub does. */
const cacheTag = "Signature: 8a477f597d28d172789f06886806bc55\n"

/** Fetches what is wanted of a commit and not there yet. */
export const fetchMissing = (order: CommitOrder): Effect.Effect<void, HubFailure> =>
  Effect.gen(function* () {
    const { cache, commit, settings, tree } = order
    const weights = weightsAmong(Object.keys(tree))
    if (weights.kind === "none") {
      const some = Object.keys(tree).slice(0, 8).join(", ")
      const what = `it has neither safetensors nor a graph (onnx/model*.onnx), but ${some === "" ? "no files" : some}`
      return yield* new HubFailure({ kind: "wrong", what })
    }
    yield* Effect.ignore(writeWhole(join(settings.cache, "CACHEDIR.TAG"), cacheTag))
    const present = beside.filter((path) => Object.hasOwn(tree, path))
    yield* fetchAll(order, [...present, ...(weights.kind === "index" ? [indexFile] : weights.files)])
    if (weights.kind === "index") yield* fetchAll(order, yield* shards(order))
    const absent = beside.filter((path) => !Object.hasOwn(tree, path))
    yield* Effect.forEach(absent, (path) => Effect.ignore(writeWhole(cache.absent(commit, path), "")))
    if (howMuch(cache, commit) === "no") {
      const what = `${cache.snapshot(commit)} lacks what has just been put there: another program changes it`
      return yield* new HubFailure({ kind: "disk", what })
    }
  })

const shards = ({ cache, commit, tree }: CommitOrder): Effect.Effect<ReadonlyArray<string>, HubFailure> =>
  Effect.gen(function* () {
    const index = textOf(join(cache.snapshot(commit), indexFile)) ?? ""
    const all = yield* Effect.try({ try: () => shardsOf(index), catch: (error) => error as HubFailure })
    const missing = all.find((shard) => !Object.hasOwn(tree, shard))
    if (missing === undefined) return all
    return yield* new HubFailure({ kind: "wrong", what: `its ${indexFile} names ${missing}, which it does not have` })
  })

const fetchAll = (order: CommitOrder, paths: ReadonlyArray<string>): Effect.Effect<void, HubFailure> =>
  Effect.gen(function* () {
    const { cache, commit, name, settings, tree } = order
    const there = filesOf(cache, commit, tree)
    const missing = paths.filter((path) => !there.has(path)).map((path) => [path, contentOf(tree[path]!)] as const)
    if (missing.length === 0) return
    const bytes = new Map(missing.map(([path, content]) => [path, keptOf(cache, content)]))
    const received = () => [...bytes.values()].reduce((sum, one) => sum + one, 0)
    const total = missing.reduce((sum, [, { size }]) => sum + size, 0)
    yield* refuseFullDisk(settings.cache, total - received())

    const report = yield* DownloadProgress
    const tell = (kind: "begins" | "moves" | "ends" | "stops" | "note", note = "") =>
      report({ model: showHubName(name), bar: settings.bar, kind, note, received: received(), total })
    tell("begins", missing.length === 1 ? missing[0]![0] : `${missing.length} files`)
    const one = ([path, content]: (typeof missing)[number]) =>
      fetchFile({
        cache,
        settings,
        repository: name.repository,
        commit,
        path,
        content,
        tell: (count) => {
          bytes.set(path, count)
          tell("moves")
        },
        onWait: Effect.sync(() => tell("note", `another process fetches ${path}, which is waited for`))
      })
    yield* Effect.onExit(Effect.forEach(missing, one, { concurrency: atOnce, discard: true }), (exit) =>
      Effect.sync(() => tell(Exit.isSuccess(exit) ? "ends" : "stops"))
    )
  })

/** The bytes that are there of a content, whole or from an earlier try. */
const keptOf = (cache: RepositoryCache, { hash, size }: { readonly hash: string; readonly size: number }): number => {
  const blob = cache.blob(hash)
  if (sizeOf(blob) === size) return size
  const kept = sizeOf(`${blob}.incomplete`) ?? 0
  return kept > size ? 0 : kept
}

const refuseFullDisk = (folder: string, bytes: number): Effect.Effect<void, HubFailure> => {
  const free = freeBytes(folder)
  if (free === undefined || free >= bytes) return Effect.void
  const what = `the disk of ${folder} is full: ${showBytes(bytes)} are to come and ${showBytes(free)} are free`
  return Effect.fail(new HubFailure({ kind: "disk", what }))
}

/** Free space where a folder is or will be; `undefined` where a file system does not tell. */
const freeBytes = (folder: string): number | undefined => {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder)
    return blocks === 0 ? undefined : bavail * bsize
  } catch {
    return dirname(folder) === folder ? undefined : freeBytes(dirname(folder))
  }
}

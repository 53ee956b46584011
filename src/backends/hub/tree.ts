import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type RepositoryCache, textOf, writeWhole } from "./cache.ts"
import { HubFailure } from "./failure.ts"
import { isInside } from "./hub_name.ts"

const Size = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const Sha1 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{40}$/))
const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

const StoredFile = Schema.Struct({
  size: Size,
  blob_id: Sha1,
  lfs_sha256: Schema.optionalKey(Sha256),
  lfs_size: Schema.optionalKey(Size),
  xet_hash: Schema.optionalKey(Schema.String)
})

/** What a commit says of one of its files, as `trees/<commit>.json` keeps it. */
export type StoredFile = typeof StoredFile.Type

/** The files of a commit by path. */
export type Tree = Readonly<Record<string, StoredFile>>

const Stored = Schema.Struct({ format_version: Schema.Literal(1), files: Schema.Record(Schema.String, StoredFile) })
const File = Schema.fromJsonString(Stored)

/** What a file must be: the hash names its blob, SHA-256 of the bytes for large files, git's blob hash for others. */
export interface Content {
  readonly hash: string
  readonly size: number
}

/** The content of a file of a commit. */
export const contentOf = ({ blob_id, lfs_sha256, lfs_size, size }: StoredFile): Content =>
  lfs_sha256 === undefined ? { hash: blob_id, size } : { hash: lfs_sha256, size: lfs_size ?? size }

/** What a commit holds, where that was asked before. */
export const readTree = (cache: RepositoryCache, commit: string): Tree | undefined => {
  const stored = Option.getOrUndefined(Schema.decodeOption(File)(textOf(cache.tree(commit)) ?? ""))
  return stored !== undefined && Object.keys(stored.files).every(isInside) ? stored.files : undefined
}

/** Keeps what a commit holds. */
export const writeTree = (cache: RepositoryCache, commit: string, tree: Tree) => {
  const files = Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)))
  return writeWhole(cache.tree(commit), JSON.stringify({ format_version: 1, files }, undefined, 1))
}

const Listed = Schema.Struct({
  path: Schema.String,
  oid: Sha1,
  size: Size,
  lfs: Schema.optionalKey(Schema.Struct({ oid: Sha256, size: Size })),
  xetHash: Schema.optionalKey(Schema.String)
})

/** Reads a file of the hub's listing. Errors: throws a `HubFailure` where it is none, or its path leaves the folder. */
export const toStored = (listed: unknown): readonly [path: string, file: StoredFile] => {
  const file = Option.getOrUndefined(Schema.decodeUnknownOption(Listed)(listed))
  if (file === undefined) {
    throw new HubFailure({ kind: "wrong", what: `the hub lists what is no file: ${JSON.stringify(listed)}` })
  }
  const { lfs, oid, path, size, xetHash } = file
  if (!isInside(path)) {
    throw new HubFailure({ kind: "wrong", what: `the hub lists ${JSON.stringify(path)}, which is outside the folder` })
  }
  return [
    path,
    {
      size,
      blob_id: oid,
      ...(lfs && { lfs_sha256: lfs.oid, lfs_size: lfs.size }),
      ...(xetHash !== undefined && { xet_hash: xetHash })
    }
  ]
}

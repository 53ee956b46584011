import { readdirSync } from "node:fs"
import { join } from "node:path"
import { type RepositoryCache, sizeOf, textOf } from "./cache.ts"
import { contentOf, readTree, type Tree } from "./tree.ts"
import { beside, dataOf, indexFile, shardsOf, weightsAmong } from "./wanted.ts"

/** The files that a snapshot holds whole: links lead somewhere, and sizes are those of the commit where it is known. */
export const filesOf = (
  cache: RepositoryCache,
  commit: string,
  tree: Tree | undefined
): ReadonlyMap<string, number> => {
  const folder = cache.snapshot(commit)
  const found = new Map<string, number>()
  for (const path of namesBelow(folder)) {
    const size = sizeOf(join(folder, path))
    const listed = tree !== undefined && Object.hasOwn(tree, path) ? contentOf(tree[path]!).size : size
    if (size !== undefined && size === listed) found.set(path, size)
  }
  return found
}

const namesBelow = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
  } catch {
    return []
  }
}

/**
 * How much of a commit is in the cache: `whole`, where nothing that is wanted is missing and nobody need be asked;
 * `usable`, where there is a model, but what would be fetched may be more or another form of it; `no`.
 */
export const howMuch = (cache: RepositoryCache, commit: string): "whole" | "usable" | "no" => {
  const tree = readTree(cache, commit)
  const files = filesOf(cache, commit, tree)
  const listed = Object.keys(tree ?? {})
  const weights = weightsAmong([...files.keys()])
  if (weights.kind === "none") return "no"
  const needed =
    weights.kind === "index"
      ? shardsOfSnapshot(cache, commit)
      : [...weights.files, ...weights.files.flatMap((file) => dataOf(file, listed))]
  if (!needed.every((file) => files.has(file))) return "no"
  const preferred = tree === undefined || Bun.deepEquals(weights, weightsAmong(listed))
  const known = beside.every((file) => files.has(file) || isAbsent(cache, commit, file, tree))
  return preferred && known ? "whole" : "usable"
}

const isAbsent = (cache: RepositoryCache, commit: string, file: string, tree: Tree | undefined): boolean =>
  tree === undefined ? sizeOf(cache.absent(commit, file)) !== undefined : !Object.hasOwn(tree, file)

/** The shards that the index of a snapshot names; one that nothing satisfies where it cannot be read. */
const shardsOfSnapshot = (cache: RepositoryCache, commit: string): ReadonlyArray<string> => {
  try {
    return shardsOf(textOf(join(cache.snapshot(commit), indexFile)) ?? "")
  } catch {
    return [""]
  }
}

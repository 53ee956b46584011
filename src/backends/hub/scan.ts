import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { repositoryCache, textOf } from "./cache.ts"
import { filesOf, howMuch } from "./cached.ts"
import { isCommit, parseHubName } from "./hub_name.ts"
import { HubEnvironment, hubCache } from "./settings.ts"
import { readTree } from "./tree.ts"

/** A model that is in the cache. Units: bytes. */
export interface CachedModel {
  readonly name: string
  /** Branches and tags that stand for the commit, or the commit itself where none does. */
  readonly revisions: ReadonlyArray<string>
  readonly commit: string
  readonly size: number
}

/**
 * The models in the Hugging Face cache that can be opened without the hub, whoever put them there. What is broken is
 * left out.
 */
export const cachedModels: Effect.Effect<ReadonlyArray<CachedModel>> = Effect.map(HubEnvironment, (env) => {
  const cache = hubCache(env)
  return entries(cache).flatMap((folder) => {
    const name = parseHubName(folder.replace(/^models--/, "").replaceAll("--", "/"))
    return folder.startsWith("models--") && name !== undefined ? modelsOf(cache, name.repository) : []
  })
})

const modelsOf = (root: string, repository: string): ReadonlyArray<CachedModel> => {
  const cache = repositoryCache({ cache: root }, { repository, revision: "main" })
  const refs = entries(cache.ref(""), true).map((ref) => [ref, textOf(cache.ref(ref))?.trim()] as const)
  return entries(cache.snapshot("")).flatMap((commit) => {
    if (!isCommit(commit) || howMuch(cache, commit) === "no") return []
    const named = refs.filter(([, target]) => target === commit).map(([ref]) => ref)
    const sizes = [...filesOf(cache, commit, readTree(cache, commit)).values()]
    const size = sizes.reduce((sum, one) => sum + one, 0)
    return [{ name: repository, revisions: named.length === 0 ? [commit] : named, commit, size }]
  })
}

const entries = (folder: string, recursive = false): ReadonlyArray<string> => {
  try {
    return readdirSync(join(folder), { recursive, encoding: "utf8" }).sort()
  } catch {
    return []
  }
}

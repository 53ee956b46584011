import * as Effect from "effect/Effect"
import { ModelLoadError } from "../../model/models.ts"
import { type RepositoryCache, readRef, repositoryCache, writeWhole } from "./cache.ts"
import { howMuch } from "./cached.ts"
import { explain } from "./explain.ts"
import { HubFailure } from "./failure.ts"
import { fetchMissing } from "./fetch_missing.ts"
import { type HubName, isCommit, showHubName } from "./hub_name.ts"
import { listCommit, resolveRevision } from "./listing.ts"
import { DownloadProgress } from "./progress.ts"
import { type HubSettings, hubSettings } from "./settings.ts"
import { readTree, type Tree, writeTree } from "./tree.ts"

/**
 * The folder of a model by name: found in the Hugging Face cache, else fetched into it. Of a repository only what is
 * read is fetched: configuration, tokenizer, chat template, and weights as safetensors or else as an ONNX graph. A full
 * commit hash that is in the cache needs no request, a branch one question for its commit; without the hub a branch is
 * what it was when last seen.
 *
 * Errors: `ModelLoadError`. Interrupting it leaves what has come for the next time.
 */
export const fetchModel = (name: HubName): Effect.Effect<string, ModelLoadError> =>
  Effect.flatMap(Effect.result(hubSettings), (settings) => {
    const model = showHubName(name)
    if (settings._tag === "Failure") {
      const message = `Cannot look for ${model} on a hub as its settings are wrong: ${settings.failure.what}`
      return Effect.fail(new ModelLoadError({ model, message }))
    }
    return Effect.mapError(
      fetchInto(name, settings.success),
      (failure) => new ModelLoadError({ model, message: explain(name, failure, settings.success) })
    )
  })

const fetchInto = (name: HubName, settings: HubSettings): Effect.Effect<string, HubFailure> =>
  Effect.gen(function* () {
    const cache = repositoryCache(settings, name)
    const seen = readRef(cache, name.revision)
    const kept = seen === undefined ? "no" : howMuch(cache, seen)
    if (settings.offline && seen !== undefined && kept !== "no") return cache.snapshot(seen)
    if (settings.offline) return yield* new HubFailure({ kind: "absent", what: "HF_HUB_OFFLINE is set" })
    // with a copy at hand nobody waits for a hub that does not answer
    const asked = yield* Effect.result(contents(name, settings, cache, kept === "no" ? 5 : 0))
    if (asked._tag === "Failure") {
      const { failure } = asked
      if (seen === undefined || kept === "no" || failure.code === "RevisionNotFound") return yield* failure
      const report = yield* DownloadProgress
      const note = `${failure.what}; what is in the cache is used`
      report({ model: showHubName(name), kind: "note", note, received: 0, total: 0, bar: settings.bar })
      return cache.snapshot(seen)
    }
    const { commit, tree } = asked.success
    if (tree !== undefined) yield* fetchMissing({ name, settings, cache, commit, tree })
    // only now: until it is there, a branch is what it was
    if (!isCommit(name.revision)) yield* Effect.ignore(writeWhole(cache.ref(name.revision), commit))
    return cache.snapshot(commit)
  })

/** The commit that is meant, and what it holds, unless all of that is there already. */
const contents = (name: HubName, settings: HubSettings, cache: RepositoryCache, tries: number) =>
  Effect.gen(function* () {
    const commit = isCommit(name.revision) ? name.revision : yield* resolveRevision(name, settings, tries)
    if (howMuch(cache, commit) === "whole") return { commit, tree: undefined as Tree | undefined }
    const known = readTree(cache, commit)
    const tree = known ?? (yield* listCommit(name, commit, settings, tries))
    if (known === undefined) yield* Effect.ignore(writeTree(cache, commit, tree))
    return { commit, tree }
  })

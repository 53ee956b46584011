import * as Effect from "effect/Effect"
import { HubFailure, networkFailure } from "./failure.ts"
import { type HubName, isCommit } from "./hub_name.ts"
import { request } from "./request.ts"
import { retrying } from "./retry.ts"
import type { HubSettings } from "./settings.ts"
import { type Tree, toStored } from "./tree.ts"

type Library = typeof import("@huggingface/hub")

/**
 * Asks the hub through its own library, with our requests: they tell refusals apart, keep the token from other hosts,
 * and end in time. What the library would do with files is not used: it neither resumes nor verifies nor locks.
 */
const ask = <A>(
  settings: HubSettings,
  tries: number,
  question: (library: Library, how: { readonly hubUrl: string; readonly fetch: typeof fetch }) => Promise<A>
): Effect.Effect<A, HubFailure> =>
  retrying(
    Effect.tryPromise({
      try: async (signal) => {
        const timeout = settings.timeouts.question
        const whole = async (url: unknown) => {
          const ended = AbortSignal.any([signal, AbortSignal.timeout(3 * timeout)])
          const { body, headers } = await request(String(url), settings, { signal: ended, timeout })
          return new Response(await new Response(body).arrayBuffer(), { headers })
        }
        const library = await import("@huggingface/hub")
        return await question(library, { hubUrl: settings.endpoint, fetch: whole as typeof fetch })
      },
      catch: (error) => {
        if (error instanceof HubFailure) return error
        if (error instanceof DOMException || (error instanceof Error && "code" in error)) {
          return networkFailure("cut", settings.endpoint, error)
        }
        const what = error instanceof SyntaxError ? "no JSON" : "no answer to what was asked"
        return new HubFailure({ kind: "wrong", what: `${settings.endpoint} answers what is ${what}` })
      }
    }),
    // where nobody answers, who mistyped a path should not wait long to be told
    { tries: ({ kind }) => (kind === "unreachable" ? Math.min(1, tries) : tries) }
  )

/** The commit that a branch, a tag or a part of a hash stands for. */
export const resolveRevision = (
  { repository, revision }: HubName,
  settings: HubSettings,
  tries: number
): Effect.Effect<string, HubFailure> =>
  ask(settings, tries, async ({ modelInfo }, how) => {
    const { sha } = await modelInfo({ ...how, name: repository, revision, additionalFields: ["sha"] })
    if (typeof sha === "string" && isCommit(sha)) return sha
    throw new HubFailure({ kind: "wrong", what: `${settings.endpoint} names no commit for ${revision}` })
  })

/** The files of a commit. */
export const listCommit = (
  { repository }: HubName,
  commit: string,
  settings: HubSettings,
  tries: number
): Effect.Effect<Tree, HubFailure> =>
  ask(settings, tries, async ({ listFiles }, how) => {
    const files: Array<readonly [string, Tree[string]]> = []
    for await (const entry of listFiles({ ...how, repo: repository, revision: commit, recursive: true })) {
      if (entry.type === "file") files.push(toStored(entry))
    }
    return Object.fromEntries(files)
  })

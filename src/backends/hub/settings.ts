import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { HubFailure } from "./failure.ts"

/** The environment variables that say where models are kept and fetched from; those of the process if nothing is said. */
export class HubEnvironment extends Context.Reference<Readonly<Record<string, string | undefined>>>(
  "polylogit/backends/HubEnvironment",
  { defaultValue: () => process.env }
) {}

/** What the environment says, read as Python's huggingface_hub reads it. */
export interface HubSettings {
  /** The folder with one folder for each repository. */
  readonly cache: string
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly token: string | undefined
  /** No request is made. */
  readonly offline: boolean
  /** How long a question to the hub may take, and how long a file's next bytes. Units: milliseconds. */
  readonly timeouts: { readonly question: number; readonly bytes: number }
  /** Whether files of a snapshot are links to blobs; otherwise they are the files themselves. */
  readonly symlinks: boolean
  /** A bar on a terminal, everywhere, or nothing at all. */
  readonly bar: "terminal" | "always" | "never"
}

/**
 * Where models are kept and fetched from. Errors: a `HubFailure` where the endpoint is no address, a timeout no number,
 * or the token cannot be read.
 */
export const hubSettings: Effect.Effect<HubSettings, HubFailure> = Effect.gen(function* () {
  const env = yield* HubEnvironment
  const home = huggingFaceHome(env)
  const bars = env.HF_HUB_DISABLE_PROGRESS_BARS
  return {
    cache: hubCache(env),
    endpoint: yield* hubEndpoint(env),
    token: isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN) ? undefined : yield* readToken(env, home),
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    timeouts: {
      question: yield* seconds(env, "HF_HUB_ETAG_TIMEOUT"),
      bytes: yield* seconds(env, "HF_HUB_DOWNLOAD_TIMEOUT")
    },
    symlinks: !isTrue(env.HF_HUB_DISABLE_SYMLINKS),
    bar: bars === undefined ? "terminal" : isTrue(bars) ? "never" : "always"
  }
})

type Environment = Readonly<Record<string, string | undefined>>

/** The folder of the cache: `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `hub` in the Hugging Face home. */
export const hubCache = (env: Environment): string =>
  resolve(expand(env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? join(huggingFaceHome(env), "hub"), env))

const huggingFaceHome = (env: Environment): string =>
  expand(env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? expand("~/.cache", env), "huggingface"), env)

/** `~`, `$NAME` and `${NAME}` at their values; what is not set stays as it stands. */
const expand = (path: string, env: Environment): string =>
  path
    .replace(/^~(?=\/|$)/, () => env.HOME ?? homedir())
    .replaceAll(/\$(?:(\w+)|\{([^}]*)\})/g, (all, bare, braced) => env[bare ?? braced] ?? all)

const hubEndpoint = (env: Environment): Effect.Effect<string, HubFailure> => {
  const endpoint = (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "")
  if (/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) return Effect.succeed(endpoint)
  return Effect.fail(new HubFailure({ kind: "wrong", what: `HF_ENDPOINT is no address with http(s)://: ${endpoint}` }))
}

const isTrue = (value: string | undefined): boolean =>
  value !== undefined && ["1", "ON", "YES", "TRUE"].includes(value.toUpperCase())

const seconds = (env: Environment, name: string): Effect.Effect<number, HubFailure> => {
  const given = env[name]?.trim()
  if (given === undefined) return Effect.succeed(10_000)
  if (!/^\d+$/.test(given)) {
    return Effect.fail(new HubFailure({ kind: "wrong", what: `${name} is no whole number of seconds: ${given}` }))
  }
  return Effect.succeed(1000 * (Number(given) || 10))
}

const clean = (token: string): string | undefined => token.replaceAll(/[\r\n]/g, "").trim() || undefined

const readToken = (env: Environment, home: string): Effect.Effect<string | undefined, HubFailure> =>
  Effect.suspend(() => {
    const given = clean(env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN || "")
    if (given !== undefined) return Effect.succeed(given)
    const path = expand(env.HF_TOKEN_PATH ?? join(home, "token"), env)
    try {
      return Effect.succeed(clean(readFileSync(path, "utf8")))
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined
      if (code === "ENOENT" || code === "ENOTDIR") return Effect.undefined
      return Effect.fail(new HubFailure({ kind: "disk", what: `the token in ${path} cannot be read` }))
    }
  })

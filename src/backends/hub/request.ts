import manifest from "../../../package.json" with { type: "json" }
import { HubFailure, networkFailure } from "./failure.ts"
import type { HubSettings } from "./settings.ts"

/** How many redirects are followed. */
const most = 20

/** Besides the endpoint itself, who may see the token: mirrors redirect to the hub. */
const trusted = ["https://huggingface.co", "https://hf.co"]

/**
 * Asks for a URL and follows redirects; the token goes to the hub alone, never to where it redirects. It waits for the
 * head of the answer, `timeout` milliseconds at most for each hop; the signal stops the body too. Errors: rejects with a
 * `HubFailure` where there is no answer, or one that is not 2xx.
 */
export const request = async (
  url: string,
  settings: HubSettings,
  options: { readonly signal: AbortSignal; readonly timeout: number; readonly headers?: Record<string, string> }
): Promise<Response> => {
  const hosts = [new URL(settings.endpoint).origin, ...trusted]
  let at = url
  for (let hop = 0; hop <= most; hop++) {
    const { origin } = new URL(at)
    const headers = new Headers(options.headers)
    // the bytes as they are: their number and place count
    headers.set("accept-encoding", "identity")
    headers.set("user-agent", `polylogit/${manifest.version}`)
    if (settings.token !== undefined && hosts.includes(origin)) headers.set("authorization", `Bearer ${settings.token}`)
    const response = await head(at, headers, options)
    const location = response.headers.get("location")
    if (response.status < 300 || response.status >= 400 || location === null) return checked(response, at)
    await response.body?.cancel()
    at = target(location, at)
  }
  throw new HubFailure({ kind: "wrong", what: `${url} redirects more than ${most} times` })
}

const head = async (
  url: string,
  headers: Headers,
  { signal, timeout }: { readonly signal: AbortSignal; readonly timeout: number }
): Promise<Response> => {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeout)
  try {
    return await fetch(url, { headers, redirect: "manual", signal: AbortSignal.any([signal, late.signal]) })
  } catch (error) {
    if (late.signal.aborted) {
      throw new HubFailure({
        kind: "unreachable",
        what: `${new URL(url).origin} did not answer within ${timeout / 1000} s`
      })
    }
    throw networkFailure("unreachable", url, error)
  } finally {
    clearTimeout(timer)
  }
}

const target = (location: string, from: string): string => {
  const url = URL.parse(location, from)
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href
  throw new HubFailure({ kind: "wrong", what: `${new URL(from).origin} redirects to ${JSON.stringify(location)}` })
}

const checked = async (response: Response, url: string): Promise<Response> => {
  if (response.ok) return response
  const { headers, status } = response
  await response.body?.cancel()
  // what a server says goes to a terminal
  const said = headers.get("x-error-message")?.replaceAll(/\p{Cc}/gu, "")
  throw new HubFailure({
    kind: "refused",
    status,
    code: headers.get("x-error-code") ?? undefined,
    wait: waitOf(headers),
    what: `${new URL(url).origin} answers ${status}${said === undefined ? "" : ` (${said.slice(0, 200)})`}`
  })
}

/** `Retry-After` as seconds or as a date. */
const waitOf = (headers: Headers): number | undefined => {
  const given = headers.get("retry-after")?.trim()
  if (given === undefined || given === "") return undefined
  const wait = /^\d+$/.test(given) ? 1000 * Number(given) : Date.parse(given) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}

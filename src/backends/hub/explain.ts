import type { HubFailure } from "./failure.ts"
import { type HubName, showHubName } from "./hub_name.ts"
import type { HubSettings } from "./settings.ts"

/** What the user is told where a model by name could not be had. */
export const explain = (name: HubName, failure: HubFailure, settings: HubSettings): string => {
  const model = showHubName(name)
  const where = `${settings.cache} (the folder named by HF_HUB_CACHE or HF_HOME)`
  const cannot = (because: string) => `Cannot fetch ${model} from ${settings.endpoint}: ${because}`
  switch (failure.kind) {
    case "absent":
      return `Cannot find ${model} in ${where}, and ${failure.what}, so that it is not fetched from ${settings.endpoint}`
    case "unreachable":
    case "cut":
      return `Cannot find ${model} in ${where} or fetch it: ${failure.what}`
    case "refused":
      return cannot(refusal(name, failure, settings))
    default:
      return cannot(failure.what)
  }
}

const refusal = (name: HubName, { code, status, what }: HubFailure, { endpoint, token }: HubSettings): string => {
  const { repository, revision } = name
  const how = token === undefined ? "set HF_TOKEN to a token of yours" : "the token in HF_TOKEN does not open it"
  if (code === "RevisionNotFound") return `${repository} has no branch, tag or commit ${revision}`
  if (code === "EntryNotFound") return `a file that it lists is not there (${what})`
  if (code === "GatedRepo" || (status === 403 && code === undefined)) {
    return `it is gated: accept its conditions on ${endpoint}/${repository}, and ${
      token === undefined ? "set HF_TOKEN to a token of that account" : "see that HF_TOKEN is a token of that account"
    }`
  }
  if (status === 401) return `there is no such model, or it is private: ${how}`
  if (status === 403) return `${what}: ${how}`
  if (status === 404) {
    return token === undefined
      ? `there is no such model; if it is private, ${how}`
      : "there is no such model, or the token in HF_TOKEN does not open it"
  }
  return what
}

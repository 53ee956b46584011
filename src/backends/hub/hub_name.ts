/** A model on a hub: `org/name`, and a branch, tag or commit of it. */
export interface HubName {
  readonly repository: string
  readonly revision: string
}

/** Letters, digits, `_ - .`, beginning and ending with a letter or digit, as huggingface_hub wants them. */
const part = /^\b[\w.-]{1,96}\b$/

/** What git allows in no name of a branch or tag; the backslash is among it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const notInRevision = /[\x00-\x20\x7f~^:?*[\\]/

/**
 * Reads `org/name[@revision]`; `undefined` where a text has another shape, as paths do. The revision is `main` where
 * none is named.
 */
export const parseHubName = (text: string): HubName | undefined => {
  const at = text.indexOf("@")
  const repository = at < 0 ? text : text.slice(0, at)
  const revision = at < 0 ? "main" : text.slice(at + 1)
  const parts = repository.split("/")
  if (parts.length !== 2 || !parts.every((one) => part.test(one))) return undefined
  if (/--|\.\.|\.(git|onnx|safetensors)$/.test(repository)) return undefined
  return isInside(revision) && !notInRevision.test(revision) ? { repository, revision } : undefined
}

/** `org/name@revision`, as it is asked for and told. */
export const showHubName = ({ repository, revision }: HubName): string => `${repository}@${revision}`

/** Whether a full commit hash is meant, which stands for the same files for ever. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision)

/**
 * Whether a path with `/` names something below the folder that it is joined to, on every system: nothing absolute, no
 * `..`, no backslash, no drive.
 */
export const isInside = (path: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  !/[\\:\x00-\x1f]/.test(path) && path.split("/").every((one) => one !== "" && one !== "." && one !== "..")

import * as Predicate from "effect/Predicate"
import type { SpecialTokens, TokenId } from "./vocabulary.ts"

/** The files of a model that say which tokens begin and end a text, parsed. */
export interface SpecialTokenFiles {
  readonly tokenizerConfig?: unknown
  readonly specialTokensMap?: unknown
  readonly generationConfig?: unknown
  readonly config?: unknown
}

const field = (file: unknown, name: string): unknown => (Predicate.isReadonlyObject(file) ? file[name] : undefined)

/** A token is written as its text or as `{ content }`. */
const textOf = (token: unknown): string | undefined => {
  const text = Predicate.isReadonlyObject(token) ? token.content : token
  return typeof text === "string" ? text : undefined
}

/** Every `…_token` of the tokenizer's files as a text, as templates name them. */
export const namedTokens = (files: SpecialTokenFiles): { readonly [name: string]: string } => {
  const named = [files.specialTokensMap, files.tokenizerConfig].flatMap((file) =>
    Object.entries(Predicate.isReadonlyObject(file) ? file : {})
  )
  return Object.fromEntries(
    named.flatMap(([name, token]) => {
      const text = name.endsWith("_token") ? textOf(token) : undefined
      return text === undefined ? [] : [[name, text] as const]
    })
  )
}

/**
 * What begins and ends a text. Beginning: what the tokenizer names, else what the generation's configuration, else
 * what the model's says. End: all that any of them says. Ids outside of `[0, size)` are left out: they cannot be drawn.
 */
export const specialTokens = (
  files: SpecialTokenFiles,
  size: number,
  idOf: (token: string) => TokenId | undefined
): SpecialTokens => {
  const named = namedTokens(files)
  const ids = (kind: "bos" | "eos"): ReadonlyArray<TokenId> => {
    const text = named[`${kind}_token`]
    const configured = [files.generationConfig, files.config].flatMap((file) => field(file, `${kind}_token_id`))
    return [...new Set([text === undefined ? undefined : idOf(text), ...configured])].filter(
      (id): id is TokenId => typeof id === "number" && Number.isInteger(id) && id >= 0 && id < size
    )
  }
  return { beginning: ids("bos")[0], end: ids("eos") }
}

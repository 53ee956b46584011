import * as HuggingFace from "@huggingface/tokenizers"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decoderStage } from "./decoder.ts"
import { referencePreTokenizer } from "./pre_tokenizer.ts"
import { cleanUpPieces } from "./replacement.ts"
import { type AnyStage, andThen } from "./stage.ts"
import type { Tokenizer } from "./tokenizer.ts"

/** A file is no tokenizer that can be read. */
export class TokenizerError extends Schema.TaggedError<TokenizerError>()("TokenizerError", {
  message: Schema.String
}) {}

type Json = { readonly [key: PropertyKey]: unknown }

const isId = (id: unknown): boolean => Number.isInteger(id) && (id as number) >= 0

/** "a b", or ["a", "b"] as files are written since tokenizers 0.20. */
const isMerge = (merge: unknown): boolean =>
  typeof merge === "string"
    ? merge.includes(" ", 1)
    : Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === "string")

const isAdded = (token: unknown): boolean =>
  Predicate.isReadonlyObject(token) && isId(token.id) && typeof token.content === "string"

/** What the library would take for something else, without a word. */
const refuse = ({ type, ...model }: Json): string | undefined => {
  if (type !== undefined && !["BPE", "WordPiece", "Unigram", "WordLevel"].includes(String(type))) {
    return `no model is known by the name ${JSON.stringify(type)}`
  }
  if (!Predicate.isObjectOrArray(model.vocab)) return "its model has no vocabulary"
  if (type === "BPE" && !Array.isArray(model.merges)) return "its model has no merges"
  if (type === "BPE" && !(model.merges as ReadonlyArray<unknown>).every(isMerge)) return "a merge is no pair of tokens"
  if (!Array.isArray(model.vocab) && !Object.values(model.vocab).every(isId)) return "a token of its model has no id"
  if (type === "BPE" && model.continuing_subword_prefix) return "prefixes inside words are not supported with merges"
  return undefined
}

/** The library knows no byte tokens under a unigram model. Source: huggingface/tokenizers, `Unigram::tokenize`. */
const spellUnknownInBytes = (model: HuggingFace.Unigram): void => {
  const pieces = model.encode.bind(model)
  const bytesOf = (piece: string) =>
    Array.from(new TextEncoder().encode(piece), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`)
  model.encode = (tokens) =>
    pieces(tokens).flatMap((piece) => {
      const bytes = model.tokens_to_ids.has(piece) ? [piece] : bytesOf(piece)
      return bytes.every((token) => model.tokens_to_ids.has(token)) ? bytes : [piece]
    })
}

const load = (json: Json, model: Json): HuggingFace.Tokenizer => {
  const preTokenizer = referencePreTokenizer(json.pre_tokenizer ?? null)
  const missing = { normalizer: null, post_processor: null, decoder: null, added_tokens: [] }
  // Words have their unknown token in the model; the library looks for it in the configuration.
  const tokenizer = new HuggingFace.Tokenizer(
    { ...missing, ...json, pre_tokenizer: preTokenizer, decoder: null },
    model.unk_token === undefined || model.unk_token === null ? {} : { unk_token: model.unk_token }
  )
  if (model.byte_fallback === true && tokenizer.model instanceof HuggingFace.Unigram) {
    spellUnknownInBytes(tokenizer.model)
  }
  return tokenizer
}

/** The reference leaves texts of merged tokens alone, whatever the configuration says, unless it insists. */
const cleansUp = (config: Json, model: Json): boolean =>
  config.clean_up_tokenization_spaces === true &&
  (model.type !== "BPE" || config.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output === true)

/** Ids of the tokens that decoding leaves out. */
const specialIds = (json: Json): ReadonlySet<unknown> =>
  new Set((Array.isArray(json.added_tokens) ? json.added_tokens : []).filter((t) => t.special).map((t) => t.id))

const make = (json: Json, model: Json, config: Json): Tokenizer => {
  const tokenizer = load(json, model)
  const vocabulary = tokenizer.model!.vocab
  const special = specialIds(json)
  const decoder = decoderStage(json.decoder)
  const stage: AnyStage = cleansUp(config, model) ? andThen(decoder, cleanUpPieces()) : decoder
  const shown = (id: number): ReadonlyArray<string> => {
    const token = special.has(id) ? undefined : vocabulary[id]
    return token === undefined ? [] : [token]
  }
  return {
    size: vocabulary.length,
    token: (id) => vocabulary[id],
    encode: (text, options) => {
      const { ids } = tokenizer.encode(text, { add_special_tokens: options.special })
      return ids.filter((id) => id !== undefined)
    },
    decode: (tokens) => {
      const [state, pieces] = stage.step(stage.init, tokens.flatMap(shown))
      return [...pieces, ...stage.end(state)].join("")
    },
    decoder: {
      init: stage.init,
      step: (state, token) => {
        const [next, pieces] = stage.step(state, shown(token))
        return [next, pieces.join("")]
      },
      end: (state) => stage.end(state).join("")
    }
  }
}

/**
 * The tokenizer that `tokenizer.json` and `tokenizer_config.json`, parsed, describe. Its ids and texts are those of
 * the reference (tokenizers 0.23; of the configuration it reads the clean-up of spaces, as transformers 5 does).
 * Fails with `TokenizerError` where the files are not what they should be or ask for something that is not known.
 *
 * Source: @huggingface/tokenizers for encoding; huggingface/tokenizers, `decoders`, for decoding.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Vocabulary } from "polylogit"
 *
 * const json = {
 *   model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: [["a", "b"]] },
 *   decoder: { type: "Fuse" }
 * }
 * const tokenizer = Result.getOrThrow(Vocabulary.tokenizerFromJson(json, {}))
 * deepEqual(tokenizer.encode("abba", { special: false }), [2, 1, 0])
 * equal(tokenizer.decode([2, 1, 0]), "abba")
 * ```
 */
export const tokenizerFromJson = (
  tokenizerJson: unknown,
  tokenizerConfig: unknown
): Result.Result<Tokenizer, TokenizerError> => {
  const error = (reason: unknown) =>
    new TokenizerError({
      message: `Cannot read a tokenizer as tokenizer.json describes it: ${reason instanceof Error ? reason.message : reason}`
    })
  if (!Predicate.isReadonlyObject(tokenizerJson)) return Result.fail(error("the file is no object"))
  const config = tokenizerConfig ?? {}
  if (!Predicate.isReadonlyObject(config)) return Result.fail(error("its configuration is no object"))
  const { model } = tokenizerJson
  if (!Predicate.isReadonlyObject(model)) return Result.fail(error("it has no model"))
  const added = tokenizerJson.added_tokens ?? []
  if (!Array.isArray(added) || !added.every(isAdded))
    return Result.fail(error("an added token has no id or no content"))
  const refusal = refuse(model)
  if (refusal !== undefined) return Result.fail(error(refusal))
  return Result.try({ try: () => make(tokenizerJson, model, config), catch: error })
}

import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { ChatTemplate } from "./chat_template.ts"
import { chatTemplateSource } from "./chat_template_source.ts"
import { fingerprint } from "./fingerprint.ts"
import { type TokenizerError, tokenizerFromJson } from "./hugging_face_tokenizer.ts"
import type { TemplateError } from "./jinja_template.ts"
import { namedTokens, type SpecialTokenFiles, specialTokens } from "./special_tokens.ts"
import type { Tokenizer } from "./tokenizer.ts"
import { untokenized, type Vocabulary } from "./vocabulary.ts"

/** A tokenizer and the rows of its model do not go together. */
export class VocabularyError extends Schema.TaggedError<VocabularyError>()("VocabularyError", {
  name: Schema.String,
  message: Schema.String
}) {}

/** A model's files, parsed where they are JSON; only the name must be there. */
export interface VocabularyFiles extends SpecialTokenFiles {
  /** The model's, for messages. */
  readonly name: string
  readonly tokenizerJson?: unknown
  /** `chat_template.jinja` as text or `chat_template.json`; by default the one in `tokenizerConfig`; `null` for none. */
  readonly chatTemplate?: unknown
  /** Length of the rows that the model gives, where it is known. */
  readonly rowSize?: number | undefined
  /** The day that a template may print. */
  readonly now?: (() => Date) | undefined
}

const chatTemplateOf = (files: VocabularyFiles): Result.Result<ChatTemplate | undefined, TemplateError> => {
  const source = chatTemplateSource(files.chatTemplate === undefined ? files.tokenizerConfig : files.chatTemplate)
  return source === undefined
    ? Result.succeed(undefined)
    : ChatTemplate.make(source, { specialTokens: namedTokens(files), now: files.now })
}

const withoutTokenizer = (files: VocabularyFiles): Result.Result<Vocabulary, VocabularyError> => {
  const { config, name } = files
  const said = Predicate.isReadonlyObject(config) ? config.vocab_size : undefined
  const size = files.rowSize ?? said
  if (typeof size !== "number" || !Number.isInteger(size) || size < 1) {
    const message = `Cannot tell the vocabulary size of ${name} without tokenizer.json: its configuration has no vocab_size`
    return Result.fail(new VocabularyError({ name, message }))
  }
  return Result.succeed(untokenized(size, { name, special: specialTokens(files, size, () => undefined) }))
}

const idsByToken = (tokenizer: Tokenizer): ReadonlyMap<string | undefined, number> =>
  new Map(Array.from({ length: tokenizer.size }, (_, id) => [tokenizer.token(id), id]))

const withTokenizer = (
  files: VocabularyFiles,
  tokenizer: Tokenizer,
  template: ChatTemplate | undefined
): Result.Result<Vocabulary, VocabularyError> => {
  const { name, rowSize } = files
  const { size } = tokenizer
  if (rowSize !== undefined && rowSize < size) {
    const message = `Cannot read the ${rowSize} scores of a row of ${name} as one for each of its ${size} tokens`
    return Result.fail(new VocabularyError({ name, message }))
  }
  const ids = idsByToken(tokenizer)
  return Result.succeed({
    name,
    size,
    fingerprint: fingerprint(tokenizer),
    special: specialTokens(files, size, (token) => ids.get(token)),
    tokenizer,
    template,
    padding: rowSize === undefined ? 0 : rowSize - size
  })
}

/**
 * The vocabulary that a model's files describe. V is the highest token id and one; where the model's rows are longer,
 * `padding` says by how much, and the rest of each row means nothing. Without `tokenizerJson` it is a vocabulary of
 * bare ids, as long as the rows or as `vocab_size`.
 *
 * Fails with `TokenizerError` and `TemplateError` where these files cannot be read (`chatTemplate: null` does without
 * one), with `VocabularyError` where rows are shorter than the vocabulary or nothing tells the size.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Vocabulary } from "polylogit"
 *
 * const { padding, size, special } = Result.getOrThrow(
 *   Vocabulary.fromFiles({
 *     name: "four",
 *     tokenizerJson: { model: { type: "WordPiece", vocab: { "[UNK]": 0, a: 1, b: 2, "</s>": 3 }, unk_token: "[UNK]" } },
 *     tokenizerConfig: { eos_token: { content: "</s>" } },
 *     config: { eos_token_id: [3, 2] },
 *     rowSize: 8
 *   })
 * )
 * equal(size, 4)
 * equal(padding, 4)
 * deepEqual(special, { beginning: undefined, end: [3, 2] })
 * ```
 */
export const fromFiles = (
  files: VocabularyFiles
): Result.Result<Vocabulary, TokenizerError | TemplateError | VocabularyError> =>
  files.tokenizerJson === undefined
    ? withoutTokenizer(files)
    : Result.flatMap(tokenizerFromJson(files.tokenizerJson, files.tokenizerConfig), (tokenizer) =>
        Result.flatMap(chatTemplateOf(files), (template) => withTokenizer(files, tokenizer, template))
      )

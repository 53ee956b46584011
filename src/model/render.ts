import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Message } from "../vocabulary/chat_template.ts"
import type { TokenId, Vocabulary } from "../vocabulary/vocabulary.ts"
import { isConversation, type Prompt } from "./context.ts"

/** A prompt could not be turned into the tokens of a model. */
export class PromptError extends Schema.TaggedError<PromptError>()("PromptError", {
  model: Schema.String,
  message: Schema.String
}) {}

/** How a term introduces the user's prompt. */
export interface Introduction {
  /** The term's own prompt. */
  readonly prompt: string | undefined
  /** `chat`: as the system message of the chat template; `plain`: as it stands; `auto`: chat where there is one. */
  readonly template: "auto" | "chat" | "plain"
}

/** Stands for token ids inside a rendered template: a private-use text that no tokenizer has to know. */
const PLACE = "\u{F8FF}\u{E000}\u{F8FF}"

/**
 * The tokens of the context in which a term begins: its own prompt, then the user's, at least one token long.
 * Token ids are taken exactly as given; behind a term's own prompt a leading beginning-of-text token is not repeated.
 */
export const render = (
  vocabulary: Vocabulary,
  introduction: Introduction,
  prompt: Prompt
): Result.Result<ReadonlyArray<TokenId>, PromptError> => {
  try {
    const tokens = asChat(vocabulary, introduction, prompt)
      ? chat(vocabulary, introduction.prompt, prompt)
      : plain(vocabulary, introduction.prompt ?? "", prompt)
    const bad = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary.size)
    if (bad !== undefined)
      throw new Error(`token ${bad} is none of its ids, whole numbers from 0 to ${vocabulary.size - 1}`)
    if (tokens.length > 0) return Result.succeed(tokens)
    const { beginning } = vocabulary.special
    if (beginning !== undefined) return Result.succeed([beginning])
    throw new Error("the vocabulary has no beginning-of-text token to start an empty prompt from")
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return Result.fail(
      new PromptError({ model: vocabulary.name, message: `Cannot use the prompt with ${vocabulary.name}: ${reason}` })
    )
  }
}

const asChat = (vocabulary: Vocabulary, { prompt: own, template }: Introduction, prompt: Prompt): boolean =>
  template === "chat" ||
  (template === "auto" && vocabulary.template !== undefined && own !== undefined) ||
  isConversation(prompt)

const encode = (vocabulary: Vocabulary, text: string, special: boolean): ReadonlyArray<TokenId> => {
  if (vocabulary.tokenizer !== undefined) return vocabulary.tokenizer.encode(text, { special })
  if (text === "") return []
  throw new Error("it came without a tokenizer, so prompts have to be token ids")
}

const plain = (vocabulary: Vocabulary, own: string, prompt: Prompt): ReadonlyArray<TokenId> => {
  if (typeof prompt === "string") return encode(vocabulary, own + prompt, true)
  const ids = prompt as ReadonlyArray<TokenId>
  if (own === "") return ids
  return [...encode(vocabulary, own, true), ...withoutBeginning(vocabulary, ids)]
}

/** The user's prompt as token ids, as far as it can be told without a template: what the repetition penalty sees. */
export const promptTokens = (vocabulary: Vocabulary, prompt: Prompt): ReadonlyArray<TokenId> => {
  const ids = (text: string) => vocabulary.tokenizer?.encode(text, { special: false }) ?? []
  if (typeof prompt === "string") return ids(prompt)
  if (isConversation(prompt)) return prompt.flatMap((message) => ids(message.content))
  return prompt as ReadonlyArray<TokenId>
}

/** Ids that stand behind others do not begin the text again. */
const withoutBeginning = ({ special }: Vocabulary, ids: ReadonlyArray<TokenId>): ReadonlyArray<TokenId> =>
  ids[0] !== undefined && ids[0] === special.beginning ? ids.slice(1) : ids

const chat = (vocabulary: Vocabulary, own: string | undefined, prompt: Prompt): ReadonlyArray<TokenId> => {
  const { template } = vocabulary
  if (template === undefined) throw new Error("it has no chat template for messages")
  const messages: ReadonlyArray<Message> = isConversation(prompt)
    ? prompt
    : [{ role: "user", content: typeof prompt === "string" ? prompt : PLACE }]
  const text = template.render(introduce(messages, own), { addGenerationPrompt: true })
  if (typeof prompt === "string" || isConversation(prompt)) return encode(vocabulary, text, false)
  const [before, after, ...more] = text.split(PLACE)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error("its chat template changes the user's text, so that token ids cannot stand in it")
  }
  return [
    ...encode(vocabulary, before, false),
    ...withoutBeginning(vocabulary, prompt as ReadonlyArray<TokenId>),
    ...encode(vocabulary, after, false)
  ]
}

/** Puts a term's own prompt first; before a system message of the user's it stands with an empty line between. */
const introduce = (messages: ReadonlyArray<Message>, own: string | undefined): ReadonlyArray<Message> => {
  if (own === undefined) return messages
  const [first, ...rest] = messages
  return first?.role === "system"
    ? [{ role: "system", content: `${own}\n\n${first.content}` }, ...rest]
    : [{ role: "system", content: own }, ...messages]
}
